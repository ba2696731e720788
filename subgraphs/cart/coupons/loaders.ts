import type { EntityManager } from '@mikro-orm/mongodb';
import { oneByKey } from '#platform/loaders.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Coupon as CouponRow } from './domain.ts';
import { Coupon, CouponUse } from './entities.ts';

export const COUPON_FIELDS = [
  'id',
  'merchantId',
  'code',
  'kind',
  'percentBps',
  'amountOff',
  'minimumSubtotal',
  'usageLimit',
  'usageLimitPerUser',
  'usedCount',
  'startsAt',
  'endsAt',
  'enabled',
] as const;

interface UsesOfBuyer {
  readonly key: string;
  readonly count: number;
}

/** Names the uses of one coupon by one buyer. */
export const usesKey = (couponId: string, owner: string): string => `${couponId}|${owner}`;

export function createLoaders(em: EntityManager) {
  return {
    coupon: oneByKey(
      (ids: readonly string[]): Promise<CouponRow[]> => findRows(em, Coupon, { _id: { $in: [...ids] } }, COUPON_FIELDS),
      ({ id }) => id,
    ),
    /** How often a buyer has used a coupon that is limited per user, by `usesKey`. */
    couponUses: oneByKey(
      (keys: readonly string[]) => countUses(em, keys),
      ({ key }) => key,
    ),
  };
}

async function countUses(em: EntityManager, keys: readonly string[]): Promise<UsesOfBuyer[]> {
  const pairs = keys.map((key) => ({ couponId: key.slice(0, key.indexOf('|')), owner: key.slice(key.indexOf('|') + 1) }));
  const taken = { slot: { $type: 'number' } };
  const counts = await rawCollection(em, CouponUse)
    .aggregate<{ _id: { couponId: string; owner: string }; count: number }>([
      { $match: { $or: pairs.map((pair) => ({ ...pair, ...taken })) } },
      { $group: { _id: { couponId: '$couponId', owner: '$owner' }, count: { $sum: 1 } } },
    ])
    .toArray();
  return counts.map(({ _id, count }) => ({ key: usesKey(_id.couponId, _id.owner), count }));
}
