import { connectionOf, type PageArgs, pageOf, type SortKey } from '#platform/pagination.ts';
import type { Context } from '../context.ts';
import type { ReviewConnection } from '../sources.ts';
import type { Listed } from './loaders.ts';
import type { Conditions } from './visibility.ts';

interface Filters {
  readonly rating?: readonly number[] | null | undefined;
  readonly verifiedOnly?: boolean | null | undefined;
  readonly withImages?: boolean | null | undefined;
  readonly withReply?: boolean | null | undefined;
  readonly locale?: string | null | undefined;
}

/** Each has its index behind `productId, status` and `merchantId, status`; the id settles ties, and is in time's order. */
const ORDERS = {
  MOST_HELPFUL: { field: 'helpfulCount', direction: -1 },
  NEWEST: { field: 'createdAt', direction: -1 },
  OLDEST: { field: 'createdAt', direction: 1 },
  RATING_DESC: { field: 'rating', direction: -1 },
  RATING_ASC: { field: 'rating', direction: 1 },
} as const satisfies Record<string, SortKey>;

export type Sort = keyof typeof ORDERS;

/** The reviews of one owner as a connection; what is listed for many owners at once is read at once. */
export async function listReviews(
  { loaders }: Context,
  { owner, where }: Listed,
  ownerId: string,
  args: PageArgs & { readonly filter?: Filters | null | undefined },
  sort: Sort,
): Promise<ReviewConnection> {
  const listed = { owner, where: { ...where, ...conditionsOf(args.filter) } };
  const page = pageOf(args, `reviews:${owner}:${sort}`, [ORDERS[sort]]);
  const rows = await loaders.reviewPages({ ...listed, page }).load(ownerId);
  return { ...connectionOf(rows, page), countTotal: async () => (await loaders.reviewCounts(listed).load(ownerId))?.count ?? 0 };
}

function conditionsOf(filter: Filters | null | undefined): Conditions {
  if (!filter) return {};
  const { rating, verifiedOnly, withImages, withReply, locale } = filter;
  return {
    ...(rating?.length && { rating: { $in: rating } }),
    ...(verifiedOnly && { verifiedPurchase: true }),
    ...(withImages && { 'imageIds.0': { $exists: true } }),
    ...(withReply != null && { reply: withReply ? { $ne: null } : null }),
    // A language tag has no character that means something in a pattern.
    ...(locale && { locale: { $regex: `^${locale}(-|$)`, $options: 'i' } }),
  };
}
