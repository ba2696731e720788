import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { Money } from '#platform/money.ts';

/** One product that somebody wants to remember. */
const WishSchema = defineEntity({
  name: 'Wish',
  properties: {
    ...baseProperties('wish'),
    userId: p.string(),
    productId: p.string(),
    priceWhenAdded: p.json().$type<Money>(),
  },
  uniques: [{ properties: ['userId', 'productId'] }],
  indexes: [{ properties: ['userId', '_id'] }],
});

export class Wish extends WishSchema.class {}
WishSchema.setClass(Wish);
