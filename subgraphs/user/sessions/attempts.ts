import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mongodb';
import { DomainError } from '#platform/errors.ts';
import { rawCollection } from '#platform/rows.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import { LoginAttempts } from './entities.ts';

const MAX_FAILURES = 5;
const WINDOW_MS = 15 * 60_000;
/** How long one waits for attempts under way that may still succeed, and how often it looks. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

export interface Attempt {
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}

/**
 * Lets one password be tried for an account from one address, or throws RATE_LIMITED. An attempt is counted before the
 * password is looked at, so that a thousand at once are not a thousand guesses; while the undecided ones fill the window
 * the next waits, so that many right passwords at once are not refused.
 */
export async function beginAttempt(em: EntityManager, account: string, ip: string | null): Promise<Attempt> {
  const _id = createHash('sha256')
    .update(`${account}|${ip ?? ''}`)
    .digest('base64url');
  const attempts = rawCollection(em, LoginAttempts);
  const attempt = randomUUID();
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(LOOK_EVERY_MS)) {
    const window = await attempts.findOneAndUpdate({ _id }, admit(attempt, new Date()), { upsert: true, returnDocument: 'after' }).catch(otherOpenedIt);
    if (window?.['admitted'] === attempt) break;
    if (window?.['failed'] >= MAX_FAILURES) throw rateLimited(window?.['expiresAt']);
    if (Date.now() > deadline) throw rateLimited(new Date());
  }
  return {
    failed: async () => void (await attempts.updateOne({ _id }, { $inc: { failed: 1 } })),
    // A success forgives the failures before it; other attempts may still be under way.
    succeeded: async () => void (await attempts.updateOne({ _id }, [{ $set: { begun: { $subtract: ['$begun', { $add: ['$failed', 1] }] }, failed: 0 } }])),
  };
}

/** Two that open the window at once: the loser looks again. */
function otherOpenedIt(error: unknown): null {
  if (isDuplicateKey(error)) return null;
  throw error;
}

/** Opens a window where there is none, then counts the attempt if there is room. */
const admit = (attempt: string, now: Date) => [
  {
    $set: {
      isOpen: { $gt: [{ $ifNull: ['$expiresAt', new Date(0)] }, now] },
    },
  },
  {
    $set: {
      begun: { $cond: ['$isOpen', '$begun', 0] },
      failed: { $cond: ['$isOpen', '$failed', 0] },
      expiresAt: { $cond: ['$isOpen', '$expiresAt', new Date(now.getTime() + WINDOW_MS)] },
    },
  },
  {
    $set: {
      admitted: { $cond: [{ $lt: ['$begun', MAX_FAILURES] }, attempt, '$admitted'] },
      begun: { $cond: [{ $lt: ['$begun', MAX_FAILURES] }, { $add: ['$begun', 1] }, '$begun'] },
    },
  },
  { $unset: 'isOpen' },
];

function rateLimited(until: Date): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000));
  return new DomainError('RATE_LIMITED', `Too many failed attempts for this account; try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
}
