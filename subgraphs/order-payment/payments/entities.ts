import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import { type AnomalyKind, type AnomalyResolution, LIVE_STATUSES, type PaymentStatus } from './domain.ts';
import type { ClientKind, PaymentMethodKind, ProviderAction, ProviderFailure } from './providers/provider.ts';

/** How far a payment back has come at the provider; `attempts` numbers the provider's idempotency keys. */
export interface StoredExecution {
  status: 'PENDING' | 'SUBMITTED' | 'SUCCEEDED' | 'FAILED';
  attempts: number;
  failure: ProviderFailure | null;
  succeededAt: Date | null;
}

/** One attempt to pay a whole group. Its id is the provider's idempotency key. */
const PaymentSchema = defineEntity({
  name: 'Payment',
  indexes: [
    { options: [{ groupId: 1, _id: 1 }] },
    { options: [{ groupId: 1 }, { unique: true, name: 'one_live_attempt', partialFilterExpression: { status: { $in: [...LIVE_STATUSES] } } }] },
  ],
  properties: {
    ...baseProperties('pay'),
    groupId: p.string(),
    method: p.string().$type<PaymentMethodKind>(),
    client: p.string().$type<ClientKind>(),
    returnUrl: p.string().strictNullable(),
    wechatOpenId: p.string().strictNullable(),
    provider: p.string(),
    status: p.string().$type<PaymentStatus>(),
    /** What was asked for. */
    amount: p.integer(),
    currency: p.string(),
    action: p.json<ProviderAction>().strictNullable(),
    failure: p.json<ProviderFailure>().strictNullable(),
    reference: p.string().strictNullable(),
    expiresAt: p.datetime(),
    /** What arrived, whether or not it was what was asked for; null until then. Recorded once. */
    captured: p.integer().strictNullable(),
    capturedCurrency: p.string().strictNullable(),
    succeededAt: p.datetime().strictNullable(),
    /** Both move by conditional increments only, and together never exceed what was captured. */
    refundPending: p.integer(),
    refunded: p.integer(),
    updatedAt: p.datetime(),
  },
});

export class Payment extends PaymentSchema.class {}
PaymentSchema.setClass(Payment);

/** Money that no order can take as it came. It is given back, or revives the order. */
const PaymentAnomalySchema = defineEntity({
  name: 'PaymentAnomaly',
  indexes: [
    { options: [{ provider: 1, providerReference: 1 }, { unique: true }] },
    { options: { resolution: 1, detectedAt: -1, _id: -1 } },
    { options: { detectedAt: -1, _id: -1 } },
  ],
  properties: {
    ...baseProperties('anomaly'),
    kind: p.string().$type<AnomalyKind>(),
    paymentId: p.string().strictNullable(),
    groupId: p.string().strictNullable(),
    provider: p.string(),
    providerReference: p.string(),
    amount: p.integer(),
    currency: p.string(),
    expectedAmount: p.integer().strictNullable(),
    expectedCurrency: p.string().strictNullable(),
    detectedAt: p.datetime(),
    resolution: p.string().$type<AnomalyResolution>().strictNullable(),
    resolvedAt: p.datetime().strictNullable(),
    /** The member of staff who settled it by hand, and why so; missing where the shop did. */
    resolvedBy: p.string().nullable(),
    note: p.string().nullable(),
    /** Present once it is decided that the money goes back. */
    execution: p.json<StoredExecution>().strictNullable(),
  },
});

export class PaymentAnomaly extends PaymentAnomalySchema.class {}
PaymentAnomalySchema.setClass(PaymentAnomaly);

/** A notification that was dealt with: the provider's event id under a unique index makes its repetitions harmless. */
const ProviderEventSchema = defineEntity({
  name: 'ProviderEvent',
  properties: {
    /** `provider|eventId` */
    _id: p.string().primary(),
    at: p.datetime(),
  },
  indexes: [{ options: [{ at: 1 }, { expireAfterSeconds: 90 * 24 * 3600 }] }],
});

export class ProviderEvent extends ProviderEventSchema.class {}
ProviderEventSchema.setClass(ProviderEvent);
