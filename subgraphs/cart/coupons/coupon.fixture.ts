import type { Coupon } from './domain.ts';

/** Ten percent off a merchant's goods, without conditions, unless the terms say otherwise. */
export const couponOf = (terms: Partial<Coupon> = {}): Coupon => ({
  id: 'coupon_1',
  merchantId: 'merch_1',
  code: 'TEA10',
  kind: 'PERCENT',
  percentBps: 1000,
  amountOff: null,
  minimumSubtotal: null,
  usageLimit: null,
  usageLimitPerUser: null,
  usedCount: 0,
  startsAt: null,
  endsAt: null,
  enabled: true,
  ...terms,
});
