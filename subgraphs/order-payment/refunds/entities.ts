import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { StoredOrderEvent } from '../orders/entities.ts';
import type { OrderActor } from '../orders/domain.ts';
import type { StoredExecution } from '../payments/entities.ts';
import type { RefundStatus } from './domain.ts';

export type RefundType = 'REFUND_ONLY' | 'RETURN_AND_REFUND';
export type RefundReason = 'CHANGED_MIND' | 'DEFECTIVE' | 'NOT_AS_DESCRIBED' | 'WRONG_ITEM' | 'NOT_RECEIVED' | 'LATE' | 'OUT_OF_STOCK' | 'DUPLICATE' | 'OTHER';

/** A part of an order line, as asked for and, once it is granted, as granted. */
export interface StoredRefundLine {
  orderLineId: string;
  quantity: number;
  amount: number;
  restock: boolean;
  /** Whether all that the units cost is asked for, or granted. Absent is no. */
  isInFull?: boolean;
  /** How many of the units had not been shipped when it was granted: these never leave, the others may come back. */
  releasedQuantity: number;
  /** How many had not been shipped and were granted less for than they cost: these are still to be delivered. Absent is 0. */
  owedQuantity?: number;
}

export interface StoredDecision {
  by: OrderActor;
  at: Date;
  approved: boolean;
  reason: string | null;
  automatic: boolean;
}

const PAID_BACK_KEYS = { currency: 1, 'execution.succeededAt': 1, approvedAmount: 1 } as const;
const isPaidBack = { 'execution.succeededAt': { $gt: new Date(0) } };

/** Money back for a part of an order. While it is open, its lines hold their units and their money on the order. */
const RefundRequestSchema = defineEntity({
  name: 'RefundRequest',
  indexes: [
    { options: [{ number: 1 }, { unique: true }] },
    { options: [{ executionId: 1 }, { unique: true }] },
    { options: [{ orderId: 1, _id: 1 }] },
    { options: { buyerId: 1, createdAt: -1, _id: -1 } },
    { options: { merchantId: 1, createdAt: -1, _id: -1 } },
    { options: { merchantId: 1, status: 1, createdAt: -1, _id: -1 } },
    // Money that went back, by when it did.
    { options: [{ merchantId: 1, ...PAID_BACK_KEYS }, { partialFilterExpression: isPaidBack }] },
    { options: [PAID_BACK_KEYS, { partialFilterExpression: isPaidBack }] },
  ],
  properties: {
    ...baseProperties('refund'),
    number: p.string(),
    orderId: p.string(),
    merchantId: p.string(),
    /** As of the order. */
    buyerId: p.string().strictNullable(),
    type: p.string().$type<RefundType>(),
    status: p.string().$type<RefundStatus>(),
    version: p.integer(),
    currency: p.string(),
    lines: p.json<StoredRefundLine[]>(),
    shippingAmount: p.integer(),
    requestedAmount: p.integer(),
    approvedAmount: p.integer().strictNullable(),
    reason: p.string().$type<RefundReason>(),
    description: p.string().strictNullable(),
    evidenceMediaIds: p.json<string[]>(),
    decision: p.json<StoredDecision>().strictNullable(),
    autoApproveAt: p.datetime().strictNullable(),
    returnTracking: p.string().strictNullable(),
    /** Of which payment it is paid back; null where nothing was paid. */
    paymentId: p.string().strictNullable(),
    /** With the number of the attempt, the provider's idempotency key. */
    executionId: p.string(),
    execution: p.json<StoredExecution>().strictNullable(),
    timeline: p.json<StoredOrderEvent[]>(),
    updatedAt: p.datetime(),
  },
});

export class RefundRequest extends RefundRequestSchema.class {}
RefundRequestSchema.setClass(RefundRequest);
