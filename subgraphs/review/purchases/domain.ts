import { userError } from '#platform/errors.ts';

const DAY_MS = 24 * 3600 * 1000;
const REVIEW_DAYS = 90;

export const reviewableUntil = (deliveredAt: Date): Date => new Date(deliveredAt.getTime() + REVIEW_DAYS * DAY_MS);

/** Why a line of the caller cannot be reviewed by its age or absence; null when it can. */
export function purchaseProblem(orderLineId: string, line: { readonly reviewableUntil: Date } | null, now: Date) {
  if (!line) return notPurchased(orderLineId, 'NOT_PURCHASED', NOT_PURCHASED);
  return line.reviewableUntil <= now ? notPurchased(orderLineId, 'REVIEW_WINDOW_CLOSED', WINDOW_CLOSED) : null;
}

/** Open means that the caller may review it now. */
export const isOpen = (line: { readonly reviewId?: string | null | undefined; readonly reviewableUntil: Date }, now: Date): boolean =>
  line.reviewId == null && line.reviewableUntil > now;

const NOT_PURCHASED = {
  en: 'Only an item that you bought and that was delivered to you can be reviewed.',
  zh: '只能评价您本人购买且已收货的商品。',
};
const WINDOW_CLOSED = {
  en: `An item can be reviewed for ${REVIEW_DAYS} days after its delivery; that time is over.`,
  zh: `商品可在收货后 ${REVIEW_DAYS} 天内评价，现已超过期限。`,
};

const notPurchased = (orderLineId: string, code: string, message: { en: string; zh: string }) =>
  userError('NotPurchasedError', code, ['input', 'orderLineId'], message, { orderLineId });
