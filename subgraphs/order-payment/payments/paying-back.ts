import type { EntityManager } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { notifyUrlOf, providerNamed } from './companies.ts';
import { Payment, type StoredExecution } from './entities.ts';
import { type ProviderRefund, ProviderRejectedError } from './providers/provider.ts';

/** The cap: what was given back and what is on its way never exceeds what arrived. False when this would. */
export async function holdForRefund(tx: EntityManager, paymentId: string, amount: number): Promise<boolean> {
  const { modifiedCount } = await rawCollection(tx, Payment).updateOne(
    { _id: paymentId, captured: { $ne: null }, $expr: { $lte: [{ $add: ['$refunded', '$refundPending', amount] }, '$captured'] } },
    { $inc: { refundPending: amount }, $set: { updatedAt: new Date() } },
    sessionOf(tx),
  );
  return modifiedCount === 1;
}

/** What was held is given back. */
export async function noteRefunded(tx: EntityManager, paymentId: string, amount: number): Promise<void> {
  await rawCollection(tx, Payment).updateOne(
    { _id: paymentId },
    { $inc: { refundPending: -amount, refunded: amount }, $set: { updatedAt: new Date() } },
    sessionOf(tx),
  );
}

/** What was given back has come back. */
export async function noteReturned(tx: EntityManager, paymentId: string, amount: number): Promise<void> {
  await rawCollection(tx, Payment).updateOne({ _id: paymentId }, { $inc: { refunded: -amount }, $set: { updatedAt: new Date() } }, sessionOf(tx));
}

/** What was held stays with the platform after all. */
export async function releaseHold(tx: EntityManager, paymentId: string, amount: number): Promise<void> {
  await rawCollection(tx, Payment).updateOne({ _id: paymentId }, { $inc: { refundPending: -amount }, $set: { updatedAt: new Date() } }, sessionOf(tx));
}

/** Money on its way back: `id` and the number of the attempt are the provider's idempotency key. */
export interface Execution {
  readonly id: string;
  readonly amount: number;
  readonly reason: string;
  readonly state: Pick<StoredExecution, 'status' | 'attempts'>;
}

const refundKeyOf = (executionId: string, attempt: number): string => `${executionId}-${attempt}`;

/** Whose execution a provider's refund is, and which attempt of it; null for a key that is not ours. */
export function readRefundKey(key: string): { executionId: string; attempt: number } | null {
  const [, executionId, attempt] = /^([a-z]+_[0-9A-Z]+)-(\d{1,6})$/.exec(key) ?? [];
  return executionId === undefined ? null : { executionId, attempt: Number(attempt) };
}

/**
 * Asks the provider for the current attempt, or how it stands. An unknown outcome throws and is asked for again under the
 * same key; what the provider will not do at all is a failed attempt.
 */
export async function payBack(
  config: Config,
  payment: Pick<Payment, 'provider' | 'reference' | 'capturedCurrency' | 'currency'> & { readonly id: string },
  execution: Execution,
): Promise<ProviderRefund> {
  const { id, amount, reason, state } = execution;
  const provider = providerNamed(config, payment.provider);
  const refundKey = refundKeyOf(id, state.attempts);
  const currency = payment.capturedCurrency ?? payment.currency;
  try {
    const known = state.status === 'SUBMITTED' ? await provider.queryRefund(refundKey, payment.id, payment.reference ?? undefined) : null;
    return (
      known ??
      (await provider.refund({
        refundKey,
        paymentId: payment.id,
        reference: payment.reference ?? '',
        amount,
        currency,
        reason,
        notifyUrl: notifyUrlOf(config, provider.name),
      }))
    );
  } catch (error) {
    if (!(error instanceof ProviderRejectedError)) throw error;
    return { refundKey, status: 'FAILED', reference: '', amount, currency, failure: { code: error.code, message: error.message } };
  }
}

const LONGEST_PAUSE_SECONDS = 3600;
/** A provider that has begun tells us when it is done; asking is for when that gets lost. */
const SUBMITTED_PAUSE_SECONDS = 30;

/** When to look again: after a failure soon at first, hourly in the end, and never not at all, since the money is the buyer's. */
export function lookAgainAt({ status, attempts }: Pick<StoredExecution, 'status' | 'attempts'>): Date {
  const seconds = status === 'SUBMITTED' ? SUBMITTED_PAUSE_SECONDS : Math.min(LONGEST_PAUSE_SECONDS, 2 ** (attempts - 1));
  return new Date(Date.now() + seconds * 1000);
}

/** When the provider did not answer: nothing is known, so the same is asked again. */
export const UNANSWERED_PAUSE_MS = 5_000;

export const FIRST_EXECUTION: StoredExecution = { status: 'PENDING', attempts: 1, failure: null, succeededAt: null };

/** How an execution stands after the provider's word on its current attempt; a failed one makes room for the next. */
export function executionAfter(execution: StoredExecution, refund: ProviderRefund): StoredExecution {
  switch (refund.status) {
    case 'SUCCEEDED':
      return { ...execution, status: 'SUCCEEDED', failure: null, succeededAt: refund.succeededAt ?? new Date() };
    case 'PENDING':
      return { ...execution, status: 'SUBMITTED', failure: null };
    case 'FAILED':
      return {
        ...execution,
        status: 'FAILED',
        attempts: execution.attempts + 1,
        failure: refund.failure ?? { code: 'failed', message: 'The provider could not pay it out.' },
      };
  }
}
