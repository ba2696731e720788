import { z } from 'zod';
import type { ProviderPayment, ProviderRefund } from '../provider.ts';
import { fromStripeAmount } from './amounts.ts';

export const NAME = 'stripe';

const money = {
  amount: z.int().nonnegative(),
  currency: z
    .string()
    .length(3)
    .transform((currency) => currency.toUpperCase()),
};
const metadata = z.record(z.string(), z.string()).default({});
const expandedCharge = z.object({ created: z.int() });

/** What we read of a PaymentIntent. */
export const intentShape = z.object({
  id: z.string(),
  object: z.literal('payment_intent'),
  ...money,
  amount_received: z.int().nonnegative().default(0),
  status: z.enum(['requires_payment_method', 'requires_confirmation', 'requires_action', 'processing', 'requires_capture', 'succeeded', 'canceled']),
  client_secret: z.string().nullish(),
  metadata,
  last_payment_error: z.object({ code: z.string().nullish(), message: z.string().nullish(), type: z.string() }).nullish(),
  /** An id unless it was asked to be expanded. */
  latest_charge: z.union([z.string(), expandedCharge]).nullish(),
});

export const refundShape = z.object({
  id: z.string(),
  object: z.literal('refund'),
  ...money,
  status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']).nullable(),
  created: z.int(),
  failure_reason: z.string().nullish(),
  metadata: metadata.nullish(),
});

export type Intent = z.infer<typeof intentShape>;
export type Refund = z.infer<typeof refundShape>;

/** A declined card leaves the intent open for another: it has failed only when it is closed. */
const PAYMENT_STATUSES: Readonly<Record<Intent['status'], ProviderPayment['status']>> = {
  requires_payment_method: 'REQUIRES_ACTION',
  requires_confirmation: 'REQUIRES_ACTION',
  requires_action: 'REQUIRES_ACTION',
  processing: 'PROCESSING',
  requires_capture: 'PROCESSING',
  succeeded: 'SUCCEEDED',
  canceled: 'CLOSED',
};

/** `saidAt` is when the company said so, for intents that do not carry the time of their charge. */
export function paymentOf(intent: Intent, saidAt: Date): ProviderPayment {
  const { id, currency, last_payment_error: error, latest_charge: charge } = intent;
  const status = PAYMENT_STATUSES[intent.status];
  const isPaid = status === 'SUCCEEDED';
  return {
    status,
    reference: id,
    amount: ours(isPaid ? intent.amount_received : intent.amount, currency),
    currency,
    paidAt: isPaid ? (charge && typeof charge === 'object' ? new Date(charge.created * 1000) : saidAt) : undefined,
    failure: error && !isPaid ? { code: error.code ?? error.type, message: error.message ?? error.type } : undefined,
  };
}

const REFUND_STATUSES: Readonly<Record<NonNullable<Refund['status']>, ProviderRefund['status']>> = {
  pending: 'PENDING',
  requires_action: 'PENDING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'FAILED',
};

export function refundOf(refund: Refund, refundKey: string): ProviderRefund {
  const status = refund.status === null ? 'PENDING' : REFUND_STATUSES[refund.status];
  return {
    refundKey,
    status,
    reference: refund.id,
    amount: ours(refund.amount, refund.currency),
    currency: refund.currency,
    succeededAt: status === 'SUCCEEDED' ? new Date(refund.created * 1000) : undefined,
    failure: status === 'FAILED' ? { code: refund.failure_reason ?? 'failed', message: `Stripe could not refund it: ${refund.status}` } : undefined,
  };
}

function ours(amount: number, currency: string): number {
  const minor = fromStripeAmount(amount, currency);
  if (minor === null) throw new RangeError(`${amount} of Stripe's units of ${currency} are no whole number of ours`);
  return minor;
}
