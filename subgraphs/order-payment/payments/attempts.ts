import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { schedule } from '#platform/jobs.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { Order } from '../orders/entities.ts';
import type { OrderGroup } from '../orders/sources.ts';
import { record } from './arrivals.ts';
import { notifyUrlOf, providerNamed } from './companies.ts';
import { LIVE_STATUSES, statusesBefore } from './domain.ts';
import { Payment } from './entities.ts';
import { type ClientKind, type CreatedPayment, type PaymentMethodKind, ProviderRejectedError, ProviderUnavailableError } from './providers/provider.ts';
import { PAYMENT_FIELDS, type Payment as PaymentRow } from './sources.ts';

/** Closes an attempt in time whose provider would not; its subject is the attempt. */
export const DEADLINE_JOB = 'payment-deadline';

/** What the buyer chose: another choice is another attempt. */
export interface Terms {
  readonly method: PaymentMethodKind;
  readonly client: ClientKind;
  readonly returnUrl: string | null;
  readonly wechatOpenId: string | null;
  readonly provider: string;
  readonly expiresAt: Date;
}

/** Null when another live attempt of the group stands in the way: there is one at most. */
export async function insertAttempt(em: EntityManager, group: OrderGroup, terms: Terms): Promise<PaymentRow | null> {
  const now = new Date();
  const payment: PaymentRow = {
    id: newId('pay'),
    createdAt: now,
    groupId: group.id,
    ...terms,
    status: 'CREATED',
    amount: group.totals.total,
    currency: group.currency,
    action: null,
    failure: null,
    reference: null,
    captured: null,
    capturedCurrency: null,
    succeededAt: null,
    refundPending: 0,
    refunded: 0,
  };
  const { id, ...fields } = payment;
  try {
    await rawCollection(em, Payment).insertOne({ _id: id, ...fields, updatedAt: now });
    return payment;
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

export async function findLiveAttempt(em: EntityManager, groupId: string): Promise<PaymentRow | null> {
  const [live] = await findRows(em, Payment, { groupId, status: { $in: [...LIVE_STATUSES] } }, PAYMENT_FIELDS);
  return live ?? null;
}

export async function readAttempt(em: EntityManager, id: string): Promise<PaymentRow> {
  const [payment] = await findRows(em, Payment, { _id: id }, PAYMENT_FIELDS);
  if (!payment) throw new Error(`the payment ${id} is gone`);
  return payment;
}

/**
 * Makes the attempt known at its provider and keeps what the buyer must do. Repeatable: its id is the provider's key. A
 * provider that does not answer leaves it CREATED, to be taken up by the next `pay` or closed by the expiry. Null when the
 * group was paid, cancelled or expired in the meantime: that is looked at after the attempt is there, since from then on
 * no other one can begin.
 */
export async function createAtProvider(context: Context, payment: PaymentRow): Promise<PaymentRow | null> {
  const { em, config, request } = context;
  const orders = await findRows(em, Order, { groupId: payment.groupId }, ['number', 'merchantName', 'status']);
  if (orders.some(({ status }) => status !== 'PENDING_PAYMENT')) {
    await closeAttempt(context, payment, 'CANCELLED');
    return null;
  }
  const provider = providerNamed(config, payment.provider);
  if (!provider.hasDeadlines) await schedule(em, { kind: DEADLINE_JOB, subjectId: payment.id, runAt: payment.expiresAt });
  let created: CreatedPayment;
  try {
    created = await provider.create({
      paymentId: payment.id,
      method: payment.method,
      client: payment.client,
      amount: payment.amount,
      currency: payment.currency,
      description: orders.map(({ number }) => number).join(', '),
      merchantName: [...new Set(orders.map(({ merchantName }) => merchantName))].join(' · '),
      deadline: payment.expiresAt,
      returnUrl: payment.returnUrl ?? undefined,
      notifyUrl: notifyUrlOf(config, provider.name),
      wechatOpenId: payment.wechatOpenId ?? undefined,
      clientIp: request.ip ?? undefined,
      locale: request.locale,
    });
  } catch (error) {
    if (!(error instanceof ProviderRejectedError)) throw error;
    const failure = { code: error.code, message: error.message };
    const failed = await updateRow(
      em,
      Payment,
      { _id: payment.id, status: 'CREATED' },
      { $set: { status: 'FAILED', failure, updatedAt: new Date() } },
      PAYMENT_FIELDS,
    );
    return failed ?? readAttempt(em, payment.id);
  }
  return keepCreated(context, payment, created);
}

async function keepCreated(context: Context, payment: PaymentRow, { payment: state, action }: CreatedPayment): Promise<PaymentRow> {
  const { em } = context;
  if (state.status !== 'REQUIRES_ACTION') {
    await record(context, { provider: payment.provider, paymentId: payment.id, state });
    return readAttempt(em, payment.id);
  }
  const open = await updateRow(
    em,
    Payment,
    { _id: payment.id, status: 'CREATED' },
    { $set: { status: 'REQUIRES_ACTION', action, reference: state.reference, updatedAt: new Date() } },
    PAYMENT_FIELDS,
  );
  if (open) return open;
  // It was notified already, or somebody ended it before the provider had heard of it: then it must not stay payable there.
  const current = await readAttempt(em, payment.id);
  const known = { ...current, reference: current.reference ?? state.reference };
  return current.status === 'CANCELLED' || current.status === 'EXPIRED' ? closeAttempt(context, known, current.status) : current;
}

/** Closes an attempt at its provider first. SUCCEEDED: it was paid already, and that stands. PROCESSING: it cannot be closed. */
export async function closeAttempt(context: Context, payment: PaymentRow, closedAs: 'CANCELLED' | 'EXPIRED'): Promise<PaymentRow> {
  const { em, config } = context;
  const { id, provider } = payment;
  const state = await providerNamed(config, provider).close(id, payment.reference ?? undefined);
  if (state === null) {
    // One that the provider had not heard of may reach it just now: then it is open there, and is asked about once more.
    const endable = payment.status === 'CREATED' ? [payment.status] : statusesBefore(closedAs);
    const closed = await updateRow(
      em,
      Payment,
      { _id: id, status: { $in: endable } },
      { $set: { status: closedAs, action: null, updatedAt: new Date() } },
      PAYMENT_FIELDS,
    );
    if (closed) return closed;
    const current = await readAttempt(em, id);
    return payment.status === 'CREATED' && LIVE_STATUSES.some((status) => status === current.status) ? closeAttempt(context, current, closedAs) : current;
  }
  if (state.status === 'REQUIRES_ACTION') throw new ProviderUnavailableError(provider, `it left ${id} open when asked to close it`);
  await record(context, { provider, paymentId: id, state, closedAs });
  return readAttempt(em, id);
}

/** Ends whatever attempt of the group is under way; null when there is none. */
export async function closeLiveAttempt(context: Context, groupId: string, closedAs: 'CANCELLED' | 'EXPIRED'): Promise<PaymentRow | null> {
  const live = await findLiveAttempt(context.em, groupId);
  return live && closeAttempt(context, live, closedAs);
}
