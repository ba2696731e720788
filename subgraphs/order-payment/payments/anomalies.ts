import type { EntityManager } from '@mikro-orm/mongodb';
import { type Job, schedule } from '#platform/jobs.ts';
import { connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { dropReservation, markGroupPaid, reserveAgain } from '../orders/groups.ts';
import { ANOMALY_JOB, noteFailedRefund } from './arrivals.ts';
import { readAttempt } from './attempts.ts';
import type { AnomalyKind, AnomalyResolution } from './domain.ts';
import { PaymentAnomaly, type StoredExecution } from './entities.ts';
import { executionAfter, FIRST_EXECUTION, holdForRefund, lookAgainAt, noteRefunded, payBack, UNANSWERED_PAUSE_MS } from './paying-back.ts';
import { type ProviderRefund, ProviderUnavailableError } from './providers/provider.ts';
import { ANOMALY_FIELDS, type PaymentAnomaly as AnomalyRow } from './sources.ts';

export const readAnomaly = async (em: EntityManager, id: string): Promise<AnomalyRow | null> =>
  (await findRows(em, PaymentAnomaly, { _id: id }, ANOMALY_FIELDS))[0] ?? null;

/**
 * Settles money that came at a wrong time or in a wrong amount: late money revives its order where the goods can be had
 * again; everything else goes back. Repeatable; what no payment of ours is behind waits for people.
 */
export async function settleAnomaly(context: Context, { subjectId }: Pick<Job, 'subjectId'>): Promise<void> {
  const anomaly = await readAnomaly(context.em, subjectId);
  if (!anomaly || anomaly.resolution !== null || anomaly.paymentId === null) return;
  if (anomaly.kind === 'LATE_AFTER_EXPIRY' && anomaly.execution === null && (await revive(context, anomaly))) return;
  await giveBack(context, anomaly);
}

async function revive(context: Context, anomaly: AnomalyRow): Promise<boolean> {
  const { id, groupId, paymentId } = anomaly;
  if (groupId === null || paymentId === null) return false;
  const reservationId = await reserveAgain(context, groupId, paymentId);
  if (reservationId === null) return false;
  const { method } = await readAttempt(context.em, paymentId);
  const isRevived = await transaction(context.em, async (tx) => {
    const resolved = await resolve(tx, id, 'ORDER_REVIVED', { execution: null });
    return resolved && (await markGroupPaid(tx, { groupId, paymentId, method, paidAt: new Date(), reservationId })) === 'PAID' ? true : abort();
  }).catch(rethrowUnlessAborted);
  if (isRevived) context.wake();
  else await dropReservation(context, groupId, reservationId);
  return isRevived;
}

/** Takes the transaction back: half of a revival is none. */
class NotRevivableError extends Error {}
const abort = (): never => {
  throw new NotRevivableError();
};
const rethrowUnlessAborted = (error: unknown): false => {
  if (error instanceof NotRevivableError) return false;
  throw error;
};

/** Money that is on its way back already revives nothing. */
async function resolve(tx: EntityManager, id: string, resolution: AnomalyResolution, condition: object = {}): Promise<boolean> {
  const { modifiedCount } = await rawCollection(tx, PaymentAnomaly).updateOne(
    { _id: id, resolution: null, ...condition },
    { $set: { resolution, resolvedAt: new Date() } },
    sessionOf(tx),
  );
  return modifiedCount === 1;
}

async function giveBack(context: Context, anomaly: AnomalyRow): Promise<void> {
  const { em, config, log } = context;
  const execution = anomaly.execution === null ? await beginGivingBack(em, anomaly) : await goOnGivingBack(em, anomaly, anomaly.execution);
  const { id, paymentId, amount, kind } = anomaly;
  if (execution === null || paymentId === null) return;
  const payment = await readAttempt(em, paymentId);
  try {
    const refund = await payBack(config, payment, { id, amount, reason: kind, state: execution });
    await settleAnomalyRefund(context, id, execution.attempts, refund);
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ anomaly: id, error: String(error) }, 'odd money could not be given back now, will be tried again');
    await schedule(em, { kind: ANOMALY_JOB, subjectId: id, runAt: new Date(Date.now() + UNANSWERED_PAUSE_MS) });
  }
}

/** Null when the payment does not hold the money any more: somebody gave it back by another way. */
const beginGivingBack = (em: EntityManager, { id, paymentId, amount }: AnomalyRow): Promise<StoredExecution | null> =>
  transaction(em, async (tx) => {
    const begun = await updateRow(tx, PaymentAnomaly, { _id: id, resolution: null, execution: null }, { $set: { execution: FIRST_EXECUTION } }, ['execution']);
    if (!begun) return (await readAnomaly(tx, id))?.execution ?? null;
    if (paymentId === null || !(await holdForRefund(tx, paymentId, amount)))
      throw new Error(`the payment ${paymentId} does not hold the ${amount} of the anomaly ${id}`);
    return FIRST_EXECUTION;
  });

/** A failed attempt is begun again as the next one, unless staff has settled the money by hand: then null. */
async function goOnGivingBack(em: EntityManager, { id }: AnomalyRow, execution: StoredExecution): Promise<StoredExecution | null> {
  if (execution.status !== 'FAILED') return execution;
  const next: StoredExecution = { ...execution, status: 'PENDING' };
  const failed = { _id: id, resolution: null, 'execution.status': 'FAILED', 'execution.attempts': execution.attempts } as const;
  return (await updateRow(em, PaymentAnomaly, failed, { $set: { execution: next } }, ['execution'])) ? next : null;
}

/** The provider's word on one attempt, by answer, query or notification; what is known already has no effect. What failed after it had succeeded is odd money anew. */
export async function settleAnomalyRefund({ em }: Context, id: string, attempt: number, refund: ProviderRefund): Promise<void> {
  await transaction(em, async (tx) => {
    const anomaly = await readAnomaly(tx, id);
    if (!anomaly?.execution || anomaly.paymentId === null || anomaly.execution.attempts !== attempt) return;
    if (anomaly.resolution === 'AUTO_REFUNDED' && refund.status === 'FAILED')
      return noteFailedRefund(tx, { paymentId: anomaly.paymentId, refundKey: refund.refundKey, amount: anomaly.amount });
    if (anomaly.resolution !== null) return;
    const execution = executionAfter(anomaly.execution, refund);
    const { modifiedCount } = await rawCollection(tx, PaymentAnomaly).updateOne(
      { _id: id, resolution: null, 'execution.attempts': attempt },
      { $set: { execution } },
      sessionOf(tx),
    );
    if (modifiedCount === 0) return;
    if (execution.status === 'SUCCEEDED') {
      await resolve(tx, id, 'AUTO_REFUNDED');
      await noteRefunded(tx, anomaly.paymentId, anomaly.amount);
    } else {
      await schedule(tx, { kind: ANOMALY_JOB, subjectId: id, runAt: lookAgainAt(execution) });
    }
  });
}

interface AnomalyFilter {
  readonly kind?: AnomalyKind | null | undefined;
  readonly unresolvedOnly?: boolean | undefined;
  readonly detectedAt?: { readonly from: Date; readonly to: Date } | null | undefined;
}

export async function listAnomalies({ em }: Context, { filter, ...args }: PageArgs & { readonly filter?: AnomalyFilter | null | undefined }) {
  const { kind, unresolvedOnly = true, detectedAt } = filter ?? {};
  const page = pageOf(args, 'paymentAnomalies', [{ field: 'detectedAt', direction: -1 }]);
  const conditions = [
    page.filter,
    kind ? { kind } : {},
    unresolvedOnly ? { resolution: null } : {},
    detectedAt ? { detectedAt: { $gte: detectedAt.from, $lt: detectedAt.to } } : {},
  ];
  return connectionOf(await findRows(em, PaymentAnomaly, { $and: conditions }, ANOMALY_FIELDS, { sort: page.sort, limit: page.limit }), page);
}
