import type { Db } from 'mongodb';
import { type BookCheck, type Databases, violations } from './check.ts';

export const ratingChecks = (databases: Databases): Promise<BookCheck>[] => ratingsEqualARecount(databases('review'));

/** Rating summaries equal a recount of the published reviews, and each review has its delivered line. */
const ratingsEqualARecount = (review: Db): Promise<BookCheck>[] => [
  ...(['product', 'merchant'] as const).map((subject) =>
    violations(review, `${subject}-rating`, `ratings of ${subject}s: equal a recount of the published reviews`, [
      { $project: { sum: 1, count: 1, verifiedCount: 1, isSummary: { $literal: 1 } } },
      {
        $unionWith: {
          coll: 'review',
          pipeline: [
            { $match: { status: 'PUBLISHED' } },
            { $project: { _id: `$${subject}Id`, recountSum: '$rating', recount: { $literal: 1 }, recountVerified: { $cond: ['$verifiedPurchase', 1, 0] } } },
          ],
        },
      },
      {
        $group: {
          _id: '$_id',
          sum: { $sum: '$sum' },
          count: { $sum: '$count' },
          verifiedCount: { $sum: '$verifiedCount' },
          recountSum: { $sum: '$recountSum' },
          recount: { $sum: '$recount' },
          recountVerified: { $sum: '$recountVerified' },
        },
      },
      { $match: { $expr: { $or: [{ $ne: ['$sum', '$recountSum'] }, { $ne: ['$count', '$recount'] }, { $ne: ['$verifiedCount', '$recountVerified'] }] } } },
    ]),
  ),
  violations(review, 'review', 'reviews: each is of a delivered line of its author', [
    { $lookup: { from: 'delivered-line', localField: 'orderLineId', foreignField: '_id', as: 'line' } },
    { $match: { $expr: { $ne: [{ $first: '$line.buyerId' }, '$authorId'] } } },
    { $project: { orderLineId: 1 } },
  ]),
];
