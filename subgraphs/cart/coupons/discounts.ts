import { allocate, scale, sum } from '#platform/money.ts';
import { type Coupon, type DiscountFunding, fundingOf } from './domain.ts';

/** What one coupon takes off one line, or off one group's delivery. */
export interface Discount {
  readonly couponId: string;
  readonly code: string;
  readonly fundedBy: DiscountFunding;
  readonly amount: number;
}

/** A line's price, or a group's delivery. */
interface Part {
  readonly merchantId: string;
  readonly amount: number;
}

/** What coupons take off goods: line by line. */
export const discountGoods = (coupons: readonly Coupon[], lines: readonly Part[]): Discount[][] => takeOff(coupons, lines, GOODS);

/** What coupons take off the delivery: group by group. */
export const discountShipping = (coupons: readonly Coupon[], groups: readonly Part[]): Discount[][] => takeOff(coupons, groups, SHIPPING);

type AmountOff = (coupon: Coupon, left: number) => number;

const GOODS: Readonly<Record<Coupon['kind'], AmountOff>> = {
  PERCENT: ({ percentBps }, left) => scale(left, percentBps ?? 0, 10_000),
  FIXED_AMOUNT: ({ amountOff }, left) => Math.min(amountOff?.amount ?? 0, left),
  FREE_SHIPPING: () => 0,
};

const SHIPPING: Readonly<Record<Coupon['kind'], AmountOff>> = {
  PERCENT: () => 0,
  FIXED_AMOUNT: () => 0,
  FREE_SHIPPING: (_coupon, left) => left,
};

/**
 * The merchants' coupons come first, the platform's last; each takes from what is left of the parts it is for, by largest
 * remainder, so that a coupon's parts sum to what it takes off and no part falls below nothing.
 */
function takeOff(coupons: readonly Coupon[], parts: readonly Part[], rule: Readonly<Record<Coupon['kind'], AmountOff>>): Discount[][] {
  const left = parts.map(({ amount }) => amount);
  const taken: Discount[][] = parts.map(() => []);
  for (const coupon of inOrder(coupons)) {
    const isFor = parts.map(({ merchantId }) => coupon.merchantId === null || coupon.merchantId === merchantId);
    const weights = left.map((amount, index) => (isFor[index] ? amount : 0));
    const shares = allocate(rule[coupon.kind](coupon, sum(weights)), weights);
    shares.forEach((amount, index) => {
      if (amount === 0) return;
      left[index] = (left[index] ?? 0) - amount;
      taken[index]?.push({ couponId: coupon.id, code: coupon.code, fundedBy: fundingOf(coupon), amount });
    });
  }
  return taken;
}

const inOrder = (coupons: readonly Coupon[]): Coupon[] => [
  ...coupons.filter(({ merchantId }) => merchantId !== null),
  ...coupons.filter(({ merchantId }) => merchantId === null),
];

export const totalOf = (discounts: readonly Discount[]): number => sum(discounts.map(({ amount }) => amount));
