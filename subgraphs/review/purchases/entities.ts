import { defineEntity, p } from '@mikro-orm/core';

/**
 * An order line whose goods arrived: the right to review it. A line that was refunded before it arrived has a row
 * without a buyer, so that a later delivery of the rest of its order does not give the right back.
 */
const DeliveredLineSchema = defineEntity({
  name: 'DeliveredLine',
  properties: {
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    orderId: p.string(),
    buyerId: p.string(),
    merchantId: p.string(),
    productId: p.string(),
    variantId: p.string(),
    reviewableUntil: p.datetime(),
    isRefunded: p.boolean(),
    /** Kept when moderation's hidden review is deleted by its author: the line has had its review. */
    reviewId: p.string().nullable(),
  },
  indexes: [{ properties: ['buyerId', 'reviewId', 'reviewableUntil', '_id'] }],
});

export class DeliveredLine extends DeliveredLineSchema.class {}
DeliveredLineSchema.setClass(DeliveredLine);
