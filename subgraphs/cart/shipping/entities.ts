import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { Money } from '#platform/money.ts';

const ShippingRateSchema = defineEntity({
  name: 'ShippingRate',
  properties: {
    ...baseProperties('rate'),
    merchantId: p.string().index(),
    title: p.string(),
    countries: p.json().$type<string[]>(),
    price: p.json().$type<Money>(),
    freeFrom: p.json().$type<Money>().strictNullable(),
    minDays: p.integer(),
    maxDays: p.integer(),
    enabled: p.boolean(),
  },
});

export class ShippingRate extends ShippingRateSchema.class {}
ShippingRateSchema.setClass(ShippingRate);
