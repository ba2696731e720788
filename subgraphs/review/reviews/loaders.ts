import type { EntityManager } from '@mikro-orm/mongodb';
import { byArguments, manyByKey, oneByKey } from '#platform/loaders.ts';
import type { Page } from '#platform/pagination.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { Review } from './entities.ts';
import type { Conditions } from './visibility.ts';

const FIELDS = [
  'orderLineId',
  'productId',
  'variantId',
  'merchantId',
  'authorId',
  'authorName',
  'anonymous',
  'rating',
  'aspects',
  'title',
  'body',
  'locale',
  'imageIds',
  'verifiedPurchase',
  'status',
  'createdAt',
  'editedAt',
  'reply',
  'helpfulCount',
  'unhelpfulCount',
  'reportCount',
  'moderationReason',
  'moderatedAt',
] as const satisfies readonly (keyof Review)[];

/** A review as lists and fields read it. */
export type ReviewRow = Pick<Review, (typeof FIELDS)[number]> & { readonly id: string };

/** Whose reviews a list holds. */
type Owner = 'productId' | 'merchantId' | 'authorId';
export interface Listed {
  readonly owner: Owner;
  readonly where: Conditions;
}

export const createLoaders = (em: EntityManager) => ({
  review: oneByKey(
    (ids: readonly string[]) => findRows(em, Review, { _id: { $in: [...ids] } }, FIELDS),
    (review) => review.id,
  ),
  reviewByOrderLine: oneByKey(
    (lineIds: readonly string[]) => findRows(em, Review, { orderLineId: { $in: [...lineIds] } }, FIELDS),
    (review) => review.orderLineId,
  ),
  /** The first page of each owner's list, in one command however many owners there are. */
  reviewPages: byArguments(({ owner, where, page }: Listed & { readonly page: Page }) =>
    manyByKey(
      (keys: readonly string[]) => (keys.length === 1 ? pageOfOne(em, { ...where, [owner]: keys[0] }, page) : pageOfEach(em, owner, keys, where, page)),
      (review) => review[owner],
    ),
  ),
  reviewCounts: byArguments(({ owner, where }: Listed) =>
    oneByKey(
      (keys: readonly string[]) =>
        rawCollection(em, Review)
          .aggregate<{ _id: string; count: number }>([
            { $match: { ...where, [owner]: { $in: [...keys] } } },
            { $group: { _id: `$${owner}`, count: { $sum: 1 } } },
          ])
          .toArray(),
      (group) => group._id,
    ),
  ),
  moderationQueue: (page: Page) => pageOfOne(em, { awaitsModeration: true }, page),
  moderationQueueSize: () => rawCollection(em, Review).countDocuments({ awaitsModeration: true }),
});

const pageOfOne = (em: EntityManager, filter: Conditions, { filter: behindCursor, sort, limit }: Page): Promise<ReviewRow[]> =>
  findRows(em, Review, { ...filter, ...behindCursor }, FIELDS, { sort, limit });

/** Each owner's page is cut by the index before the pages meet: a product with thousands of reviews costs no more. */
async function pageOfEach(em: EntityManager, owner: Owner, keys: readonly string[], where: Conditions, { filter: behindCursor, sort, limit }: Page) {
  const reviews = rawCollection(em, Review);
  const pipeline = [
    { $documents: keys.map((_id) => ({ _id })) },
    {
      $lookup: {
        from: reviews.collectionName,
        localField: '_id',
        foreignField: owner,
        pipeline: [{ $match: { ...where, ...behindCursor } }, { $sort: sort }, { $limit: limit }, { $project: PROJECTION }],
        as: 'reviews',
      },
    },
  ];
  const pages = await em.getConnection().getDb().aggregate<{ reviews: ReviewRow[] }>(pipeline).toArray();
  return pages.flatMap((page) => page.reviews);
}

const PROJECTION = { ...Object.fromEntries(FIELDS.map((field) => [field, 1])), id: '$_id' };
