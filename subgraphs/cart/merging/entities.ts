import { defineEntity, p } from '@mikro-orm/core';

/** A guest session outlives its token by nothing; twice that is kept. */
const KEPT_SECONDS = 60 * 24 * 3600;

/** Says that a guest session's cart was merged; its id is the session's, so that it can be said once. */
const CartMergeSchema = defineEntity({
  name: 'CartMerge',
  properties: {
    _id: p.string().primary(),
    userId: p.string(),
    guestCartId: p.string(),
    mergedAt: p.datetime(),
  },
  indexes: [{ properties: ['mergedAt'], options: { expireAfterSeconds: KEPT_SECONDS } }],
});

export class CartMerge extends CartMergeSchema.class {}
CartMergeSchema.setClass(CartMerge);
