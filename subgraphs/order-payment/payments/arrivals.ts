import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { schedule } from '#platform/jobs.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { markGroupPaid, type PaidOutcome } from '../orders/groups.ts';
import { type AnomalyKind, isLive, mismatchOf, statusesBefore } from './domain.ts';
import { Payment, PaymentAnomaly, ProviderEvent } from './entities.ts';
import { noteReturned } from './paying-back.ts';
import type { ProviderPayment } from './providers/provider.ts';
import { PAYMENT_FIELDS, type Payment as PaymentRow } from './sources.ts';

/** Settles an anomaly; its subject is the anomaly. */
export const ANOMALY_JOB = 'payment-anomaly';

/** What a provider says about one attempt, by answer, query or notification. */
export interface Report {
  readonly provider: string;
  readonly paymentId: string;
  readonly state: ProviderPayment;
  /** Of a notification: repetitions of the event have no effect. */
  readonly eventId?: string;
  /** What the attempt is when the provider has closed it: replaced, or out of time. */
  readonly closedAs?: 'CANCELLED' | 'EXPIRED';
}

/**
 * Writes what the provider says, once, however often and by whichever way it is told: the attempt, and for money the
 * orders it pays or the anomaly it is, in one transaction.
 */
export async function record(context: Context, report: Report): Promise<void> {
  const { state, eventId, provider } = report;
  if (state.status === 'SUCCEEDED') {
    const isNews = await unlessKnown(() => transaction(context.em, (tx) => recordMoney(tx, report)));
    if (isNews) context.wake();
    return;
  }
  if (eventId === undefined) return recordEnd(context.em, report);
  await unlessKnown(() =>
    transaction(context.em, async (tx) => {
      await markEvent(tx, provider, eventId);
      await recordEnd(tx, report);
    }),
  );
}

/** False when the event was dealt with before: its mark is under a unique index. */
async function unlessKnown(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

export const markEvent = (tx: EntityManager, provider: string, eventId: string) =>
  rawCollection(tx, ProviderEvent).insertOne({ _id: `${provider}|${eventId}`, at: new Date() }, sessionOf(tx));

/** What closes at the deadline may be told us a little before our own clock shows it. */
const CLOCK_SKEW_MS = 60_000;

/**
 * The attempt goes on or ends without money. What has ended already stays as it is. A notification that it was closed may
 * overtake the answer to our closing it: without our word for it, what was closed before its time was cancelled.
 */
async function recordEnd(em: EntityManager, { paymentId, provider, state, closedAs }: Report): Promise<void> {
  if (state.status === 'REQUIRES_ACTION') return;
  const to = state.status === 'CLOSED' ? (closedAs ?? (await closedBefore(em, paymentId))) : state.status;
  await rawCollection(em, Payment).updateOne(
    { _id: paymentId, provider, status: { $in: statusesBefore(to) } },
    { $set: { status: to, reference: state.reference, failure: state.failure ?? null, action: null, updatedAt: new Date() } },
    sessionOf(em),
  );
}

async function closedBefore(em: EntityManager, paymentId: string): Promise<'CANCELLED' | 'EXPIRED'> {
  const [payment] = await findRows(em, Payment, { _id: paymentId }, ['expiresAt']);
  return payment && payment.expiresAt.getTime() > Date.now() + CLOCK_SKEW_MS ? 'CANCELLED' : 'EXPIRED';
}

async function recordMoney(tx: EntityManager, report: Report): Promise<void> {
  const { provider, paymentId, state, eventId } = report;
  if (eventId !== undefined) await markEvent(tx, provider, eventId);
  const paidAt = state.paidAt ?? new Date();
  const payment = await updateRow(
    tx,
    Payment,
    { _id: paymentId, provider, amount: state.amount, currency: state.currency, captured: null },
    { $set: { ...arrived(state), status: 'SUCCEEDED', succeededAt: paidAt, failure: null } },
    PAYMENT_FIELDS,
  );
  if (!payment) return recordOddMoney(tx, report);
  const outcome = await markGroupPaid(tx, { groupId: payment.groupId, paymentId, method: payment.method, paidAt });
  if (outcome !== 'PAID') await noteAnomaly(tx, LATE_MONEY[outcome], oddMoneyOf(report), payment);
}

/** Why the group could not take the right money that arrived for it. */
const LATE_MONEY: Readonly<Record<Exclude<PaidOutcome, 'PAID'>, AnomalyKind>> = {
  ALREADY_PAID: 'DUPLICATE',
  EXPIRED: 'LATE_AFTER_EXPIRY',
  CANCELLED: 'LATE_AFTER_CANCEL',
  NOT_FOUND: 'UNKNOWN_REFERENCE',
};

/** Known already, not ours, or not what was asked for. */
async function recordOddMoney(tx: EntityManager, report: Report): Promise<void> {
  const { provider, paymentId, state } = report;
  const [payment] = await findRows(tx, Payment, { _id: paymentId, provider }, PAYMENT_FIELDS);
  if (!payment) return noteAnomaly(tx, 'UNKNOWN_REFERENCE', oddMoneyOf(report), null);
  const kind = mismatchOf(payment, state);
  if (payment.captured !== null || kind === null) return;
  const status = isLive(payment.status) ? 'FAILED' : payment.status;
  const failure = { code: kind, message: `${state.amount} ${state.currency} arrived instead of ${payment.amount} ${payment.currency}` };
  await rawCollection(tx, Payment).updateOne({ _id: paymentId, captured: null }, { $set: { ...arrived(state), status, failure } }, sessionOf(tx));
  await noteAnomaly(tx, kind, oddMoneyOf(report), payment);
}

const arrived = (state: ProviderPayment) => ({
  captured: state.amount,
  capturedCurrency: state.currency,
  reference: state.reference,
  action: null,
  updatedAt: new Date(),
});

interface OddMoney {
  readonly provider: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

const oddMoneyOf = ({ provider, state: { reference, amount, currency } }: Report): OddMoney => ({ provider, reference, amount, currency });

const isNoted = async (tx: EntityManager, { provider, reference }: OddMoney): Promise<boolean> =>
  (await findRows(tx, PaymentAnomaly, { provider, providerReference: reference }, ['kind'])).length > 0;

/** One per reference of the provider. A job looks after the money, so that the provider need not wait. */
async function noteAnomaly(tx: EntityManager, kind: AnomalyKind, money: OddMoney, payment: PaymentRow | null, expected = payment): Promise<void> {
  if (await isNoted(tx, money)) return;
  const now = new Date();
  const id = newId('anomaly');
  await rawCollection(tx, PaymentAnomaly).insertOne(
    {
      _id: id,
      createdAt: now,
      kind,
      paymentId: payment?.id ?? null,
      groupId: payment?.groupId ?? null,
      provider: money.provider,
      providerReference: money.reference,
      amount: money.amount,
      currency: money.currency,
      expectedAmount: expected?.amount ?? null,
      expectedCurrency: expected?.currency ?? null,
      detectedAt: now,
      resolution: null,
      resolvedAt: null,
      execution: null,
    },
    sessionOf(tx),
  );
  if (payment) await schedule(tx, { kind: ANOMALY_JOB, subjectId: id, runAt: now });
}

interface FailedRefund {
  readonly paymentId: string;
  /** Under which the provider was asked for it. */
  readonly refundKey: string;
  readonly amount: number;
}

/**
 * A refund that had succeeded failed after all, as where a bank sends it back: the money is the payment's again, and not
 * its buyer's. What it was for stays refunded; the money goes back once more as an anomaly, or staff settles it. Once per refund.
 */
export async function noteFailedRefund(tx: EntityManager, { paymentId, refundKey, amount }: FailedRefund): Promise<void> {
  const [payment] = await findRows(tx, Payment, { _id: paymentId }, PAYMENT_FIELDS);
  if (!payment) throw new Error(`the payment ${paymentId} is gone`);
  const { provider, capturedCurrency, currency } = payment;
  const money: OddMoney = { provider, reference: refundKey, amount, currency: capturedCurrency ?? currency };
  if (await isNoted(tx, money)) return;
  await noteReturned(tx, paymentId, amount);
  await noteAnomaly(tx, 'REFUND_FAILED', money, payment, null);
}
