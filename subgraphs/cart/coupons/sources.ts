import type { Coupon as CouponRow } from './domain.ts';

/** What the resolvers of the type start from. */
export type Coupon = CouponRow;
