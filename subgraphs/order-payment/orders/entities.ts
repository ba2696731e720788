import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import {
  type DeliveryMode,
  type DiscountFunding,
  type GroupStatus,
  type OrderActor,
  type OrderFulfilmentStatus,
  type OrderPaymentStatus,
  type OrderStatus,
  UNPLACED,
} from './domain.ts';

/** Minor units of the order's currency. `discount` is of goods, `shipping` is net, `tax` is a part of `total`. */
export interface StoredTotals {
  subtotal: number;
  discount: number;
  shipping: number;
  tax: number;
  total: number;
}

export interface StoredAddress {
  recipientName: string;
  phone: string | null;
  company: string | null;
  countryCode: string;
  region: string | null;
  city: string;
  district: string | null;
  line1: string;
  line2: string | null;
  postalCode: string | null;
}

/** The merchant's terms as they were when the order was placed. */
export interface StoredRefundPolicy {
  windowDays: number;
  returnRequired: boolean;
  autoApproveAfterHours: number;
  text: string | null;
}

/** What one coupon took off, and who bears it. */
export interface StoredDiscount {
  couponId: string;
  code: string;
  fundedBy: DiscountFunding;
  amount: number;
}

/** A coupon that a purchase took a use of; the platform's has no merchant. */
export interface StoredCouponUse {
  couponId: string;
  merchantId: string | null;
}

export interface StoredOrderLine {
  id: string;
  variantId: string;
  productId: string;
  quantity: number;
  unitPrice: number;
  subtotal: number;
  discount: number;
  /** Which coupons the discount came from; absent where there is none. */
  discounts?: StoredDiscount[];
  tax: number;
  total: number;
  title: string;
  variantTitle: string;
  sku: string;
  imageUrl: string | null;
  options: { name: string; value: string }[];
  requiresShipping: boolean;
  taxCategory: string;
  /** Missing on orders from before it was kept. */
  taxRateBps?: number;
  shippedQuantity: number;
  /** Units that were refunded before they were shipped: they never leave the house. */
  releasedQuantity: number;
  /** Refunds under way hold `pending` until they move it to `refunded`; both together never exceed what was bought. */
  refundPendingQuantity: number;
  refundedQuantity: number;
  refundPendingAmount: number;
  refundedAmount: number;
}

export interface StoredOrderEvent {
  at: Date;
  type: string;
  actor: OrderActor;
  data: { key: string; value: string }[];
}

/** One purchase: an intent (PREPARING) first, then one payment for the orders of all its merchants. */
const OrderGroupSchema = defineEntity({
  name: 'OrderGroup',
  indexes: [
    // A cart version becomes orders once. An intent has no `placedAt`.
    { options: [{ cartId: 1 }, { unique: true, partialFilterExpression: { placedAt: { $type: 'date' } } }] },
    // What unfinished checkouts of a cart left behind.
    { options: [{ cartId: 1, idempotencyKey: 1 }, { partialFilterExpression: { status: { $in: [...UNPLACED] } } }] },
    { options: [{ guestId: 1 }, { partialFilterExpression: { guestId: { $type: 'string' } } }] },
  ],
  properties: {
    ...baseProperties('group'),
    status: p.string().$type<GroupStatus>(),
    version: p.integer(),
    cartId: p.string(),
    cartVersion: p.integer(),
    /** Under which the checkout was asked for. */
    idempotencyKey: p.string().strictNullable(),
    /** Under which name the stock is held: the group's own id, or after a revival one of its own. */
    reservationId: p.string(),
    buyerId: p.string().strictNullable(),
    guestId: p.string().strictNullable(),
    /** Where a guest is written to; null for accounts. */
    email: p.string().strictNullable(),
    currency: p.string(),
    totals: p.json<StoredTotals>(),
    /** Held in the cart subgraph under `reservationId`; absent where no coupon was used. */
    couponUses: p.json<StoredCouponUse[]>().nullable(),
    billingAddress: p.json<StoredAddress>().strictNullable(),
    /** Which payment paid it; null while unpaid and when nothing was due. */
    paymentId: p.string().strictNullable(),
    placedAt: p.datetime().strictNullable(),
    paidAt: p.datetime().strictNullable(),
    expiresAt: p.datetime().strictNullable(),
  },
});

export class OrderGroup extends OrderGroupSchema.class {}
OrderGroupSchema.setClass(OrderGroup);

/** Sales by the moment of their payment, with all that the sums of statistics need, so that no order is fetched for them. */
export const PAID_INDEXES = { merchant: 'paid_by_merchant', platform: 'paid' } as const;
/** Purchases that ran out of time, by the moment at which they were placed. */
export const EXPIRED_INDEXES = { merchant: 'expired_by_merchant', platform: 'expired' } as const;

const PAID_KEYS = { currency: 1, paidAt: 1, 'totals.total': 1, paymentMethod: 1, buyerId: 1, guestId: 1 } as const;
const EXPIRED_KEYS = { currency: 1, status: 1, placedAt: 1 } as const;
const isPaid = { partialFilterExpression: { paidAt: { $gt: new Date(0) } } };
const isExpired = { partialFilterExpression: { status: 'EXPIRED' } };

/** What one merchant sells in one purchase, frozen at checkout. */
const OrderSchema = defineEntity({
  name: 'Order',
  indexes: [
    { options: [{ groupId: 1, merchantId: 1 }, { unique: true }] },
    { options: [{ number: 1 }, { unique: true }] },
    { options: { 'lines.id': 1 } },
    { options: { buyerId: 1, placedAt: -1, _id: -1 } },
    { options: { merchantId: 1, placedAt: -1, _id: -1 } },
    { options: { merchantId: 1, status: 1, placedAt: -1, _id: -1 } },
    { options: { merchantId: 1, updatedAt: -1, _id: -1 } },
    { options: { merchantId: 1, 'totals.total': -1, _id: -1 } },
    { options: { placedAt: -1, _id: -1 } },
    { options: { updatedAt: -1, _id: -1 } },
    {
      options: [
        { merchantId: 1, ...PAID_KEYS },
        { name: PAID_INDEXES.merchant, ...isPaid },
      ],
    },
    { options: [PAID_KEYS, { name: PAID_INDEXES.platform, ...isPaid }] },
    {
      options: [
        { merchantId: 1, ...EXPIRED_KEYS },
        { name: EXPIRED_INDEXES.merchant, ...isExpired },
      ],
    },
    { options: [EXPIRED_KEYS, { name: EXPIRED_INDEXES.platform, ...isExpired }] },
  ],
  properties: {
    ...baseProperties('order'),
    groupId: p.string(),
    number: p.string(),
    /** As of the group. */
    reservationId: p.string(),
    status: p.string().$type<OrderStatus>(),
    paymentStatus: p.string().$type<OrderPaymentStatus>(),
    fulfilmentStatus: p.string().$type<OrderFulfilmentStatus>(),
    version: p.integer(),
    merchantId: p.string(),
    merchantName: p.string(),
    buyerId: p.string().strictNullable(),
    guestId: p.string().strictNullable(),
    /** SHA-256 of the secret with which a guest reads the order elsewhere. */
    guestAccessHash: p.string().strictNullable(),
    purchaseOrderNumber: p.string().strictNullable(),
    currency: p.string(),
    totals: p.json<StoredTotals>(),
    lines: p.json<StoredOrderLine[]>(),
    /** What coupons took off the delivery: `totals.shipping` is net of it. Absent where there is none. */
    shippingDiscounts: p.json<StoredDiscount[]>().nullable(),
    /** The part of the discounts, of goods and of shipping, that the platform bears in its merchant's stead; absent is 0. */
    platformDiscount: p.integer().nullable(),
    /** The coupons of the purchase that this order is concerned with: its merchant's and the platform's. */
    couponIds: p.json<string[]>().nullable(),
    deliveryMode: p.string().$type<DeliveryMode>(),
    deliveryTitle: p.string().strictNullable(),
    shippingAddress: p.json<StoredAddress>().strictNullable(),
    pickupLocationId: p.string().strictNullable(),
    /** Eight digits that the buyer shows at the counter; null until the goods lie ready. */
    pickupCode: p.string().strictNullable(),
    /** Wrong codes typed at the counter since the code was made. */
    pickupTries: p.integer(),
    refundPolicy: p.json<StoredRefundPolicy>(),
    buyerNote: p.string().strictNullable(),
    /** Of the whole order, shipping included; lines carry their own shares. */
    refundPendingTotal: p.integer(),
    refundedTotal: p.integer(),
    refundPendingShipping: p.integer(),
    refundedShipping: p.integer(),
    timeline: p.json<StoredOrderEvent[]>(),
    placedAt: p.datetime(),
    updatedAt: p.datetime(),
    paidAt: p.datetime().strictNullable(),
    /** How it was paid; null while unpaid and where nothing was due. */
    paymentMethod: p.string().strictNullable(),
    /** When the buyer asked for an invoice of it, which there is one of. */
    invoicedAt: p.datetime().strictNullable(),
    expiresAt: p.datetime().strictNullable(),
    deliveredAt: p.datetime().strictNullable(),
    completedAt: p.datetime().strictNullable(),
    autoCompleteAt: p.datetime().strictNullable(),
  },
});

export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

/** Wrong answers to the question for a guest's order, counted per order number and per address. */
const GuestAccessFailuresSchema = defineEntity({
  name: 'GuestAccessFailures',
  indexes: [{ options: [{ expiresAt: 1 }, { expireAfterSeconds: 0 }] }],
  properties: {
    _id: p.string().primary(),
    count: p.integer(),
    expiresAt: p.datetime(),
  },
});

export class GuestAccessFailures extends GuestAccessFailuresSchema.class {}
GuestAccessFailuresSchema.setClass(GuestAccessFailures);
