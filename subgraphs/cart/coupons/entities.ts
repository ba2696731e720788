import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { Money } from '#platform/money.ts';
import type { CouponKind } from './domain.ts';

const CouponSchema = defineEntity({
  name: 'Coupon',
  properties: {
    ...baseProperties('coupon'),
    merchantId: p.string().strictNullable(),
    code: p.string(),
    kind: p.string().$type<CouponKind>(),
    percentBps: p.integer().strictNullable(),
    amountOff: p.json().$type<Money>().strictNullable(),
    minimumSubtotal: p.json().$type<Money>().strictNullable(),
    usageLimit: p.integer().strictNullable(),
    usageLimitPerUser: p.integer().strictNullable(),
    /** Moves by conditional `$inc` only, with the row of the use. */
    usedCount: p.integer(),
    startsAt: p.datetime().strictNullable(),
    endsAt: p.datetime().strictNullable(),
    enabled: p.boolean(),
  },
  indexes: [{ options: [{ code: 1, merchantId: 1 }, { unique: true }] }, { options: { merchantId: 1, _id: -1 } }],
});

export class Coupon extends CouponSchema.class {}
CouponSchema.setClass(Coupon);

export type UseState = 'USED' | 'GIVEN_BACK';

/** One use of one coupon by one purchase; given back it stays as history. */
const CouponUseSchema = defineEntity({
  name: 'CouponUse',
  properties: {
    /** `<reference>|<coupon>`: a purchase takes a use of a coupon once. */
    _id: p.string().primary(),
    couponId: p.string(),
    /** Under which name the purchase holds it: that of its stock. */
    reference: p.string(),
    /** The account, or the guest session. */
    owner: p.string(),
    /** The number of the use among the owner's, where those are limited; null once it was given back. */
    slot: p.integer().strictNullable(),
    state: p.string().$type<UseState>(),
    usedAt: p.datetime(),
    givenBackAt: p.datetime().strictNullable(),
  },
  indexes: [
    // The limit per user: two uses cannot have one number.
    {
      options: [
        { couponId: 1, owner: 1, slot: 1 },
        { unique: true, partialFilterExpression: { slot: { $type: 'number' } } },
      ],
    },
    { options: { reference: 1 } },
  ],
});

export class CouponUse extends CouponUseSchema.class {}
CouponUseSchema.setClass(CouponUse);
