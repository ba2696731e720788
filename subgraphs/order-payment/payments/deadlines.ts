import { type Job, schedule } from '#platform/jobs.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { closeAttempt, DEADLINE_JOB } from './attempts.ts';
import { isLive } from './domain.ts';
import { Payment } from './entities.ts';
import { ProviderUnavailableError } from './providers/provider.ts';
import { PAYMENT_FIELDS } from './sources.ts';

const PROVIDER_DOWN_MS = 15_000;

/** An attempt that is out of time at a provider without deadlines is closed there. One that was paid already stands. */
export async function closeOverdueAttempt(context: Context, { subjectId: paymentId, now: takenUpAt }: Pick<Job, 'subjectId' | 'now'>): Promise<void> {
  const { em, log } = context;
  const [payment] = await findRows(em, Payment, { _id: paymentId }, PAYMENT_FIELDS);
  if (!payment || !isLive(payment.status)) return;
  const now = takenUpAt.getTime();
  const lookAgain = (at: number) => schedule(em, { kind: DEADLINE_JOB, subjectId: paymentId, runAt: new Date(at) });
  if (payment.expiresAt.getTime() > now) return lookAgain(payment.expiresAt.getTime());
  try {
    await closeAttempt(context, payment, 'EXPIRED');
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ paymentId, error: String(error) }, 'an overdue payment waits for its provider');
    await lookAgain(now + PROVIDER_DOWN_MS);
  }
}
