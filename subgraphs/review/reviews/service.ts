import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import { newId } from '#platform/entity.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { signedIn } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { purchaseProblem } from '../purchases/domain.ts';
import { DeliveredLine } from '../purchases/entities.ts';
import { recordRating } from '../ratings/service.ts';
import { displayNameOf, ownedPictures } from '../siblings.ts';
import type { ReviewPayload } from '../sources.ts';
import { alreadyReviewed, type AspectRating, contentProblems, countedOf, editProblem, imagesProblem, reviewRemoved, tidyTitle } from './domain.ts';
import { Review, ReviewReport, ReviewRevision, ReviewVote } from './entities.ts';

export const REVIEW = { en: 'The review', zh: '评价' };
export const refused = (...userErrors: UserErrorData[]): ReviewPayload => ({ reviewId: null, userErrors });
export const accepted = (reviewId: string): ReviewPayload => ({ reviewId, userErrors: [] });

interface CreateInput {
  readonly orderLineId: string;
  readonly rating: number;
  readonly aspects?: readonly AspectRating[] | null | undefined;
  readonly title?: string | null | undefined;
  readonly body: string;
  readonly imageMediaIds?: readonly string[] | null | undefined;
  readonly anonymous?: boolean | undefined;
  readonly idempotencyKey: string;
}

export async function createReview(context: Context, input: CreateInput): Promise<ReviewPayload> {
  const { em, identity, wake } = context;
  const request = { em, identity, field: 'reviewCreate', key: input.idempotencyKey, args: input };
  const outcome = await idempotent<ReviewPayload>(request, (complete) => writeReview(context, input, complete));
  if ('conflict' in outcome) return refused(outcome.conflict);
  wake();
  return outcome.result;
}

async function writeReview({ em, identity, request, siblings }: Context, input: CreateInput, complete: Complete<ReviewPayload>): Promise<ReviewPayload> {
  const authorId = signedIn(identity).userId;
  const { orderLineId, rating, body, anonymous = false, aspects } = input;
  const problems = contentProblems(input);
  if (problems.length > 0) return refused(...problems);
  const line = await em.findOne(DeliveredLine, { _id: orderLineId, buyerId: authorId });
  const problem = purchaseProblem(orderLineId, line, new Date());
  if (problem || !line) return refused(...(problem ? [problem] : []));
  const imageIds = input.imageMediaIds ?? [];
  const [authorName, pictures] = await Promise.all([displayNameOf(siblings, authorId), ownedPictures(siblings, imageIds)]);
  const missing = imagesProblem(imageIds, pictures);
  if (missing) return refused(missing);

  const { productId, variantId, merchantId } = line;
  const origin = { orderLineId, productId, variantId, merchantId, authorId, authorName };
  const content = {
    rating,
    aspects: [...(aspects ?? [])],
    title: tidyTitle(input.title),
    body: body.trim(),
    imageIds: [...imageIds],
    anonymous,
    locale: request.locale,
  };
  return transaction(em, async (tx) => {
    const id = newId('review');
    const claimed = await rawCollection(tx, DeliveredLine).findOneAndUpdate({ _id: orderLineId, reviewId: null }, { $set: { reviewId: id } }, sessionOf(tx));
    if (!claimed) return refused(await earlierReview(tx, orderLineId));
    const review = tx.create(Review, {
      ...UNTOUCHED,
      ...content,
      ...origin,
      _id: id,
      verifiedPurchase: claimed['isRefunded'] !== true,
    });
    await recordRating(tx, review, null, countedOf(review));
    const result = accepted(id);
    await complete(result, tx);
    return result;
  });
}

const UNTOUCHED = {
  status: 'PUBLISHED',
  editedAt: null,
  reply: null,
  helpfulCount: 0,
  unhelpfulCount: 0,
  reportCount: 0,
  awaitsModeration: true,
  moderationReason: null,
  moderatedAt: null,
  moderatedBy: null,
} as const;

async function earlierReview(tx: EntityManager, orderLineId: string): Promise<UserErrorData> {
  const review = await tx.findOne(Review, { orderLineId });
  return review ? alreadyReviewed(review.id) : reviewRemoved();
}

interface UpdateInput {
  readonly id: string;
  readonly rating?: number | null | undefined;
  readonly title?: string | null | undefined;
  readonly body?: string | null | undefined;
  readonly imageMediaIds?: readonly string[] | null | undefined;
}

export async function updateReview({ em, identity, siblings, wake }: Context, input: UpdateInput): Promise<ReviewPayload> {
  const authorId = signedIn(identity).userId;
  const problems = contentProblems(input);
  if (problems.length > 0) return refused(...problems);
  const own = await em.findOne(Review, { _id: input.id, authorId });
  const problem = own ? editProblem(['input', 'id'], own.createdAt, new Date()) : notFoundError(['input', 'id'], REVIEW);
  if (problem || !own) return refused(...(problem ? [problem] : []));
  const added = (input.imageMediaIds ?? []).filter((id) => !own.imageIds.includes(id));
  const pictures = await ownedPictures(siblings, added);
  const missing = imagesProblem(input.imageMediaIds ?? [], new Set([...own.imageIds, ...pictures]));
  if (missing) return refused(missing);

  const payload = await transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: input.id, authorId });
    if (!review) return refused(notFoundError(['input', 'id'], REVIEW));
    const before = countedOf(review);
    const { rating, title, body, imageIds } = review;
    tx.create(ReviewRevision, { reviewId: review.id, part: 'REVIEW', content: { rating, title, body, imageIds } });
    review.rating = input.rating ?? rating;
    review.title = input.title == null ? title : tidyTitle(input.title);
    review.body = input.body?.trim() ?? body;
    review.imageIds = input.imageMediaIds ? [...input.imageMediaIds] : imageIds;
    review.editedAt = new Date();
    review.awaitsModeration = true;
    await recordRating(tx, review, before, countedOf(review));
    return accepted(review.id);
  });
  wake();
  return payload;
}

interface DeletePayload {
  readonly deletedId: string | null;
  readonly userErrors: UserErrorData[];
}

export async function deleteReview({ em, identity, wake }: Context, id: string): Promise<DeletePayload> {
  const authorId = signedIn(identity).userId;
  const payload = await transaction(em, async (tx): Promise<DeletePayload> => {
    const review = await tx.findOne(Review, { _id: id, authorId });
    const problem = review ? editProblem(['id'], review.createdAt, new Date()) : notFoundError(['id'], REVIEW);
    if (problem || !review) return { deletedId: null, userErrors: problem ? [problem] : [] };
    await recordRating(tx, review, countedOf(review), null);
    for (const part of [ReviewVote, ReviewReport, ReviewRevision]) await rawCollection(tx, part).deleteMany({ reviewId: id }, sessionOf(tx));
    if (review.status === 'PUBLISHED')
      await rawCollection(tx, DeliveredLine).updateOne({ _id: review.orderLineId }, { $set: { reviewId: null } }, sessionOf(tx));
    tx.remove(review);
    return { deletedId: id, userErrors: [] };
  });
  wake();
  return payload;
}
