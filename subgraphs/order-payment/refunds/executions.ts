import type { EntityManager } from '@mikro-orm/mongodb';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import { transaction } from '#platform/transaction.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { noteFailedRefund } from '../payments/arrivals.ts';
import { readAttempt } from '../payments/attempts.ts';
import { executionAfter, lookAgainAt, noteRefunded, payBack, UNANSWERED_PAUSE_MS } from '../payments/paying-back.ts';
import { type ProviderRefund, ProviderUnavailableError } from '../payments/providers/provider.ts';
import { moveRefund, readOrder, readRefund } from './changes.ts';
import { RefundRequest as RefundEntity } from './entities.ts';
import { settleMoney } from './settling.ts';

/** Pays a granted refund out; its subject is the request. */
export const EXECUTION_JOB = 'refund-execution';

/**
 * Asks the provider for the current attempt, or how it stands. Repeatable at any time: attempt and request are settled
 * once. While the provider does not answer, the same attempt is asked for again.
 */
export async function runExecution(context: Context, { subjectId: id }: Pick<Job, 'subjectId'>): Promise<void> {
  const { em, config, log } = context;
  const refund = await transaction(em, (tx) => beginAttempt(tx, id));
  if (!refund?.execution || refund.paymentId === null || refund.approvedAmount === null) return;
  const payment = await readAttempt(em, refund.paymentId);
  try {
    const answer = await payBack(config, payment, { id: refund.executionId, amount: refund.approvedAmount, reason: refund.reason, state: refund.execution });
    await settleExecution(context, refund.executionId, refund.execution.attempts, answer);
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ refund: id, error: String(error) }, 'a refund could not be paid out now, will be tried again');
    await schedule(em, { kind: EXECUTION_JOB, subjectId: id, runAt: new Date(Date.now() + UNANSWERED_PAUSE_MS) });
  }
}

/** FAILED → PROCESSING when the next attempt begins; null when there is nothing to pay out. */
async function beginAttempt(tx: EntityManager, id: string) {
  const refund = await readRefund(tx, id);
  if (refund?.status === 'FAILED') return moveRefund(tx, refund, ['PROCESSING'], { at: new Date(), actor: 'SYSTEM' });
  return refund?.status === 'PROCESSING' ? refund : null;
}

/**
 * The provider's word on one attempt, by answer, query or notification, whichever comes first. Later ones have no effect,
 * but that what had succeeded failed: then the money came back to us.
 */
export async function settleExecution(context: Context, executionId: string, attempt: number, answer: ProviderRefund): Promise<void> {
  await transaction(context.em, async (tx) => {
    const [found] = await findRows(tx, RefundEntity, { executionId }, ['orderId']);
    const refund = found && (await readRefund(tx, found.id));
    const order = refund && (await readOrder(tx, refund.orderId));
    if (!order || refund.paymentId === null || refund.execution?.attempts !== attempt) return;
    if (refund.status === 'SUCCEEDED' && answer.status === 'FAILED') {
      await noteFailedRefund(tx, { paymentId: refund.paymentId, refundKey: answer.refundKey, amount: refund.approvedAmount ?? 0 });
      return;
    }
    if (refund.status !== 'PROCESSING') return;
    const execution = executionAfter(refund.execution, answer);
    if (execution.status === 'SUCCEEDED') {
      await settleMoney(tx, order, refund, { execution });
      await noteRefunded(tx, refund.paymentId, refund.approvedAmount ?? 0);
      await unschedule(tx, EXECUTION_JOB, refund.id);
      return;
    }
    await moveRefund(tx, refund, execution.status === 'FAILED' ? ['FAILED'] : [], { at: new Date(), actor: 'PAYMENT_PROVIDER', set: { execution } });
    await schedule(tx, { kind: EXECUTION_JOB, subjectId: refund.id, runAt: lookAgainAt(execution) });
  });
  context.wake();
}
