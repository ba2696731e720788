import { type Text, type UserErrorData, userError, validationError } from '#platform/errors.ts';

export type ReviewStatus = 'PUBLISHED' | 'HIDDEN';

export interface AspectRating {
  readonly aspect: 'DESCRIPTION' | 'SERVICE' | 'DELIVERY';
  readonly rating: number;
}

export interface Reply {
  readonly body: string;
  readonly repliedAt: Date;
  readonly editedAt: Date | null;
}

const DAY_MS = 24 * 3600 * 1000;
const EDIT_DAYS = 30;
const MAX_TITLE = 120;
const MAX_BODY = 5_000;
const MAX_IMAGES = 9;

/** What an author may say; what is absent is not judged. */
export interface Content {
  readonly rating?: number | null | undefined;
  readonly aspects?: readonly AspectRating[] | null | undefined;
  readonly title?: string | null | undefined;
  readonly body?: string | null | undefined;
  readonly imageMediaIds?: readonly string[] | null | undefined;
}

/** Everything that is wrong with it, so that a form can show all at once. */
export function contentProblems({ rating, aspects, title, body, imageMediaIds }: Content): UserErrorData[] {
  const names = aspects?.map(({ aspect }) => aspect) ?? [];
  const problems: (UserErrorData | null)[] = [
    ratingProblem(['input', 'rating'], rating),
    ...(aspects ?? []).map((aspect, index) => ratingProblem(['input', 'aspects', index, 'rating'], aspect.rating)),
    new Set(names).size < names.length ? validationError(['input', 'aspects'], ASPECT_TWICE) : null,
    title == null ? null : textProblem(['input', 'title'], title, 0, MAX_TITLE),
    body == null ? null : textProblem(['input', 'body'], body, 1, MAX_BODY),
    (imageMediaIds?.length ?? 0) > MAX_IMAGES ? validationError(['input', 'imageMediaIds'], TOO_MANY_IMAGES) : null,
    new Set(imageMediaIds).size < (imageMediaIds?.length ?? 0) ? validationError(['input', 'imageMediaIds'], IMAGE_TWICE) : null,
  ];
  return problems.filter((problem) => problem !== null);
}

const ratingProblem = (path: (string | number)[], rating: number | null | undefined): UserErrorData | null =>
  rating == null || (Number.isInteger(rating) && rating >= 1 && rating <= 5) ? null : validationError(path, RATING_RANGE);

/** The length that counts is that of the text without the space around it. */
export function textProblem(path: (string | number)[], text: string, min: number, max: number): UserErrorData | null {
  const { length } = text.trim();
  if (length > max) {
    const tooLong = { en: `At most ${max} characters; it has ${length}.`, zh: `最多 ${max} 个字符，当前为 ${length} 个。` };
    return validationError(path, tooLong, 'TOO_LONG');
  }
  return length < min ? validationError(path, { en: 'Write something here.', zh: '请填写内容。' }) : null;
}

/** An empty title is none. */
export const tidyTitle = (title: string | null | undefined): string | null => title?.trim() || null;

export const imagesProblem = (ids: readonly string[], owned: ReadonlySet<string>): UserErrorData | null => {
  const index = ids.findIndex((id) => !owned.has(id));
  return index < 0 ? null : userError('ValidationError', 'MEDIA_NOT_FOUND', ['input', 'imageMediaIds', index], MEDIA_NOT_FOUND);
};

/** Authors change or delete a review for a while; afterwards others have come to rely on it. */
export function editProblem(path: readonly string[], writtenAt: Date, now: Date): UserErrorData | null {
  return now.getTime() - writtenAt.getTime() < EDIT_DAYS * DAY_MS ? null : userError('ValidationError', 'EDIT_WINDOW_CLOSED', path, EDIT_CLOSED);
}

export const alreadyReviewed = (reviewId: string) => userError('AlreadyReviewedError', 'ALREADY_REVIEWED', ['input', 'orderLineId'], ALREADY, { reviewId });

/** The line had a review that moderation hid and its author then deleted: deleting is no way around moderation. */
export const reviewRemoved = () => userError('ValidationError', 'REVIEW_REMOVED', ['input', 'orderLineId'], REMOVED);

interface Standing {
  readonly status: ReviewStatus;
  readonly rating: number;
  readonly verifiedPurchase: boolean;
}

/** What a review adds to the ratings. */
export const countedOf = ({ status, rating, verifiedPurchase }: Standing) => (status === 'PUBLISHED' ? { rating, isVerified: verifiedPurchase } : null);

const RATING_RANGE: Text = { en: 'A rating is a whole number from 1 to 5.', zh: '评分须为 1 到 5 的整数。' };
const ASPECT_TWICE: Text = { en: 'Rate each aspect once.', zh: '每个方面只能评分一次。' };
const TOO_MANY_IMAGES: Text = { en: `Add at most ${MAX_IMAGES} pictures.`, zh: `最多添加 ${MAX_IMAGES} 张图片。` };
const IMAGE_TWICE: Text = { en: 'Add each picture once.', zh: '同一张图片只能添加一次。' };
const MEDIA_NOT_FOUND: Text = { en: 'This is not a picture that you uploaded for a review.', zh: '该图片不是您为评价上传的图片。' };
const EDIT_CLOSED: Text = {
  en: `A review can be changed or deleted for ${EDIT_DAYS} days after it was written.`,
  zh: `评价仅可在发布后 ${EDIT_DAYS} 天内修改或删除。`,
};
const ALREADY: Text = { en: 'You have reviewed this item already; change that review instead.', zh: '您已评价过该商品，请修改原评价。' };
const REMOVED: Text = { en: 'The review of this item was taken down; it cannot be written again.', zh: '该商品的评价已被下架，无法再次评价。' };
