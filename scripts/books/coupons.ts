import type { Db, Document } from 'mongodb';
import { anyOf, type BookCheck, type Databases, report, violations } from './check.ts';
import { PLACED } from './purchases.ts';

/** Invariants 5 and 6: uses are counted, within their limits, and held by the purchases that took them. */
export const couponChecks = (databases: Databases): Promise<BookCheck>[] => [
  usesAreCounted(databases('cart')),
  buyersStayWithin(databases('cart')),
  usesAreHeldByPurchases(databases),
  discountsAddUp(databases('order-payment')),
];

const usesAreCounted = (carts: Db): Promise<BookCheck> =>
  violations(carts, 'coupon', 'coupons: used as often as is counted, within the limit in all', [
    { $project: { coupon: '$_id', counted: '$usedCount', limit: '$usageLimit', isCoupon: { $literal: 1 } } },
    { $unionWith: { coll: 'coupon-use', pipeline: [{ $match: { state: 'USED' } }, { $project: { coupon: '$couponId', held: { $literal: 1 } } }] } },
    { $group: { _id: '$coupon', coupons: { $sum: '$isCoupon' }, counted: { $sum: '$counted' }, limit: { $max: '$limit' }, held: { $sum: '$held' } } },
    {
      $match: anyOf(
        { $ne: ['$coupons', 1] },
        { $ne: ['$counted', '$held'] },
        { $lt: ['$counted', 0] },
        { $and: [{ $ne: ['$limit', null] }, { $gt: ['$counted', '$limit'] }] },
      ),
    },
  ]);

/** Each use of a coupon that is limited per user has a number of its own, from 1 to the limit. */
const buyersStayWithin = (carts: Db): Promise<BookCheck> =>
  violations(carts, 'coupon-use', 'coupons: used within the limit per user, each use under a number of its own', [
    { $match: { state: 'USED' } },
    {
      $group: {
        _id: { coupon: '$couponId', owner: '$owner' },
        held: { $sum: 1 },
        numbered: { $sum: { $cond: [{ $ne: ['$slot', null] }, 1, 0] } },
        slots: { $addToSet: '$slot' },
        highest: { $max: '$slot' },
      },
    },
    { $lookup: { from: 'coupon', localField: '_id.coupon', foreignField: '_id', as: 'coupons' } },
    { $set: { limit: { $first: '$coupons.usageLimitPerUser' } } },
    { $unset: 'coupons' },
    {
      $match: anyOf({
        $and: [
          { $ne: [{ $ifNull: ['$limit', null] }, null] },
          {
            $or: [{ $gt: ['$held', '$limit'] }, { $gt: ['$highest', '$limit'] }, { $ne: ['$numbered', '$held'] }, { $ne: [{ $size: '$slots' }, '$held'] }],
          },
        ],
      }),
    },
  ]);

const OVER = ['CANCELLED', 'EXPIRED'];

/** A merchant's coupon is held while its order stands, the platform's while any order of the purchase does. */
async function usesAreHeldByPurchases(databases: Databases): Promise<BookCheck> {
  const purchases = databases('order-payment')
    .collection('order-group')
    .aggregate([
      { $match: { ...PLACED, couponUses: { $ne: null } } },
      {
        $lookup: {
          from: 'order',
          localField: '_id',
          foreignField: 'groupId',
          pipeline: [{ $match: { status: { $nin: OVER } } }, { $project: { merchantId: 1 } }],
          as: 'standing',
        },
      },
      { $project: { reservationId: 1, couponUses: 1, 'standing.merchantId': 1 } },
    ]);
  const owed = new Set<string>();
  for await (const { reservationId, couponUses, standing } of purchases) {
    for (const { couponId, merchantId } of couponUses) {
      const isStanding = standing.some((order: Document) => merchantId === null || order['merchantId'] === merchantId);
      if (isStanding) owed.add(`${reservationId}|${couponId}`);
    }
  }
  const broken: unknown[] = [];
  const held = new Set<string>();
  for await (const { reference, couponId } of databases('cart')
    .collection('coupon-use')
    .find({ state: 'USED' }, { projection: { reference: 1, couponId: 1 } })) {
    const key = `${reference}|${couponId}`;
    held.add(key);
    if (!owed.has(key)) broken.push({ use: key, held: 1, owed: 0 });
  }
  for (const key of owed) if (!held.has(key)) broken.push({ use: key, held: 0, owed: 1 });
  return report('coupons: each use is held by a purchase that stands, and each that stands holds its own', owed.size, broken);
}

const sumOf = (discounts: unknown): Document => ({ $sum: { $map: { input: { $ifNull: [discounts, []] }, in: '$$this.amount' } } });
const platformOf = (discounts: unknown): Document => ({
  $sum: { $map: { input: { $ifNull: [discounts, []] }, in: { $cond: [{ $eq: ['$$this.fundedBy', 'PLATFORM'] }, '$$this.amount', 0] } } },
});

/** Every discount comes from a coupon of the purchase, and what the platform bears of it is what the order says. */
const discountsAddUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'orders: each discount comes from coupons of the purchase, and the platform’s part is written down', [
    {
      $project: {
        platformDiscount: { $ifNull: ['$platformDiscount', 0] },
        ofPlatform: {
          $add: [{ $sum: { $map: { input: '$lines', as: 'line', in: platformOf('$$line.discounts') } } }, platformOf('$shippingDiscounts')],
        },
        badLines: { $filter: { input: '$lines', as: 'line', cond: { $ne: ['$$line.discount', sumOf('$$line.discounts')] } } },
        strangers: {
          $setDifference: [
            {
              $setUnion: [
                { $reduce: { input: '$lines', initialValue: [], in: { $concatArrays: ['$$value', { $ifNull: ['$$this.discounts.couponId', []] }] } } },
                { $ifNull: ['$shippingDiscounts.couponId', []] },
              ],
            },
            { $ifNull: ['$couponIds', []] },
          ],
        },
      },
    },
    { $match: anyOf({ $ne: ['$platformDiscount', '$ofPlatform'] }, { $gt: [{ $size: '$badLines' }, 0] }, { $gt: [{ $size: '$strangers' }, 0] }) },
    { $project: { platformDiscount: 1, ofPlatform: 1, strangers: 1, 'badLines.id': 1 } },
  ]);
