import type { Coupon as DemoCoupon } from '../../subgraphs/cart/coupons/domain.ts';
import { Coupon, CouponUse } from '../../subgraphs/cart/coupons/entities.ts';
import { ownerOfUser } from '../../subgraphs/cart/carts/owner.ts';
import { couponsToGiveBack } from '../../subgraphs/order-payment/orders/domain.ts';
import { DAY } from './calendar.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import type { DemoMerchant } from './merchants.ts';
import type { Purchase } from './orders.ts';
import type { GroupDraft } from './purchases.ts';

/** Coupons were there before the first order. */
const MADE = 390 * DAY;

const UNLIMITED = { percentBps: null, amountOff: null, minimumSubtotal: null, usageLimit: null, usageLimitPerUser: null, startsAt: null, endsAt: null };
const couponOf = (key: string, terms: Pick<DemoCoupon, 'merchantId' | 'code' | 'kind'> & Partial<DemoCoupon>): DemoCoupon => ({
  ...UNLIMITED,
  id: demoId('coupon', MADE, key),
  usedCount: 0,
  enabled: true,
  ...terms,
});

/** Every merchant has one under the same code: entered once, it counts for all of a cart. */
const welcomeOf = ({ id }: DemoMerchant): DemoCoupon => couponOf(`welcome ${id}`, { merchantId: id, code: 'WELCOME10', kind: 'PERCENT', percentBps: 1000 });

const SPRING = couponOf('spring', { merchantId: null, code: 'SPRING15', kind: 'PERCENT', percentBps: 1500 });

const OF_PLATFORM: readonly DemoCoupon[] = [
  SPRING,
  couponOf('freeship', { merchantId: null, code: 'FREESHIP', kind: 'FREE_SHIPPING' }),
  couponOf('fifty', {
    merchantId: null,
    code: 'MINUS50',
    kind: 'FIXED_AMOUNT',
    amountOff: { amount: 5_000, currency: 'CNY' },
    minimumSubtotal: { amount: 30_000, currency: 'CNY' },
    usageLimit: 1_000,
    usageLimitPerUser: 1,
  }),
];

const documentsOf = ({ calendar }: Demo, coupons: readonly DemoCoupon[]): Written =>
  stored(
    'cart',
    Coupon,
    coupons.map(({ id, ...terms }) => ({ _id: id, createdAt: calendar.before(MADE), ...terms })),
  );

export const platformCoupons = (demo: Demo): Written => documentsOf(demo, OF_PLATFORM);
export const merchantCoupons = (demo: Demo, merchants: readonly DemoMerchant[]): Written => documentsOf(demo, merchants.map(welcomeOf));

/** What the buyer has entered: now and then the merchants' code, the platform's, or both. */
export const enteredFor = ({ number, orders }: GroupDraft): DemoCoupon[] => [
  ...(number % 7 === 3 ? orders.map(({ merchant }) => welcomeOf(merchant)) : []),
  ...(number % 10 === 3 ? [SPRING] : []),
];

const givenBackIn = ({ group, lives }: Purchase): Set<string> =>
  new Set(
    couponsToGiveBack(
      group.couponUses ?? [],
      lives.map(({ order }) => order),
    ),
  );

/** A row of each use, with what became of it. */
export function couponUses({ calendar }: Demo, purchases: readonly Purchase[]): Written {
  const uses = purchases.flatMap((bought): Stored<CouponUse>[] => {
    const givenBack = givenBackIn(bought);
    const { group, draft } = bought;
    return (group.couponUses ?? []).map(({ couponId }) => ({
      _id: `${group.reservationId}|${couponId}`,
      couponId,
      reference: group.reservationId,
      owner: ownerOfUser(draft.buyer.id).owner,
      slot: null,
      state: givenBack.has(couponId) ? 'GIVEN_BACK' : 'USED',
      usedAt: calendar.before(draft.age),
      givenBackAt: givenBack.has(couponId) ? calendar.before(draft.age / 2) : null,
    }));
  });
  return stored('cart', CouponUse, uses);
}

/** How many uses of each coupon these purchases hold. */
export function usesHeld(purchases: readonly Purchase[]): Map<string, number> {
  const held = new Map<string, number>();
  for (const bought of purchases) {
    const givenBack = givenBackIn(bought);
    for (const { couponId } of bought.group.couponUses ?? []) if (!givenBack.has(couponId)) held.set(couponId, (held.get(couponId) ?? 0) + 1);
  }
  return held;
}
