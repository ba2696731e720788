import { type Job, schedule } from '#platform/jobs.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { OrderGroup } from '../orders/entities.ts';
import { EXPIRY_JOB, expireGroup } from '../orders/groups.ts';
import { closeLiveAttempt } from './attempts.ts';
import { ProviderUnavailableError } from './providers/provider.ts';

/** How long an order waits for money that the buyer has sent and that has not arrived. */
const PATIENCE_MS = 15 * 60_000;
const LOOK_AGAIN_MS = 3_000;
const PROVIDER_DOWN_MS = 15_000;

/**
 * A due group: the attempt under way is closed at its provider first, and "already paid" wins. Only then does it expire.
 * While the provider does not answer it stays payable: an order must not die with its payment still open.
 */
export async function expireDueGroup(context: Context, { subjectId: groupId, now: takenUpAt }: Pick<Job, 'subjectId' | 'now'>): Promise<void> {
  const { em, log } = context;
  const [group] = await findRows(em, OrderGroup, { _id: groupId, status: 'PENDING_PAYMENT' }, ['expiresAt']);
  if (!group?.expiresAt) return;
  const now = takenUpAt.getTime();
  const lookAgain = (at: number) => schedule(em, { kind: EXPIRY_JOB, subjectId: groupId, runAt: new Date(at) });
  if (group.expiresAt.getTime() > now) return lookAgain(group.expiresAt.getTime());
  try {
    const attempt = await closeLiveAttempt(context, groupId, 'EXPIRED');
    if (attempt?.status === 'SUCCEEDED') return;
    if (attempt?.status === 'PROCESSING' && now < group.expiresAt.getTime() + PATIENCE_MS) return lookAgain(now + LOOK_AGAIN_MS);
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ groupId, error: String(error) }, 'a due order waits for its payment provider');
    return lookAgain(now + PROVIDER_DOWN_MS);
  }
  if (await expireGroup(context, groupId)) return;
  const [waiting] = await findRows(em, OrderGroup, { _id: groupId, status: 'PENDING_PAYMENT' }, ['status']);
  if (waiting) await lookAgain(now + LOOK_AGAIN_MS);
}
