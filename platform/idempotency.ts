import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mongodb';
import type { Collection, Db, Filter } from 'mongodb';
import { idempotencyInProgressError, idempotencyMismatchError } from './errors.ts';
import { type Identity, principalOf } from './identity.ts';
import { isDuplicateKey, sessionOf, wasTakenBack } from './transaction.ts';

/** Keys are kept for seven days. */
const KEPT_SECONDS = 7 * 24 * 3600;
/** How long a duplicate waits for the first request, and how often it looks. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 40;
/** A claim is renewed while its effect runs; one that is not is taken over: its process died. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 3_000;

interface Claim {
  _id: string;
  argsHash: string;
  /** Whose effect is running. One that was taken over, because its process slept too long, can store nothing any more. */
  holder: string;
  status: 'RUNNING' | 'DONE';
  result: unknown;
  firstSeenAt: Date;
  leaseUntil: Date;
}

const COLLECTION = 'idempotency_keys';
const claims = (em: EntityManager): Collection<Claim> => em.getConnection().getDb().collection<Claim>(COLLECTION);

export const prepareIdempotency = (database: Db) => database.collection(COLLECTION).createIndex({ firstSeenAt: 1 }, { expireAfterSeconds: KEPT_SECONDS });

/**
 * Stores the result; call it inside the transaction of the effect, so that both exist or neither. It throws where another
 * request has taken the claim over, so that the effect is taken back.
 */
export type Complete<R> = (result: R, tx: EntityManager) => Promise<void>;

interface IdempotentRequest {
  readonly em: EntityManager;
  readonly identity: Identity;
  /** The mutation's field name; keys of different mutations are independent. */
  readonly field: string;
  readonly key: string;
  /** Everything the caller sent; compared by hash. */
  readonly args: unknown;
}

export type IdempotencyConflict = ReturnType<typeof idempotencyMismatchError> | ReturnType<typeof idempotencyInProgressError>;

/**
 * One key, one effect, one stored answer. The result (ids and user errors, plain JSON) is what a repetition gets; the
 * caller's selection is resolved anew from it. `effect` calls `complete` in its own transaction; when it returns
 * without having done so, the result is stored after it. An effect that throws leaves no claim, so it can be retried. One
 * whose claim was taken over meanwhile is taken back and answered like a repetition.
 */
export async function idempotent<R>(
  request: IdempotentRequest,
  effect: (complete: Complete<R>) => Promise<R>,
): Promise<{ result: R } | { conflict: IdempotencyConflict }> {
  const { em } = request;
  const id = `${principalOf(request.identity)}|${request.field}|${request.key}`;
  const argsHash = hashOf(request.args);
  const taken = await claim(em, id, argsHash);
  if ('earlier' in taken) return settleDuplicate<R>(em, taken.earlier, argsHash, () => idempotent(request, effect));

  const own = { _id: id, holder: taken.holder, status: 'RUNNING' } as const;
  const store = async (result: R, tx: EntityManager) => {
    const { matchedCount } = await claims(tx).updateOne(own, { $set: { status: 'DONE', result } }, sessionOf(tx));
    if (matchedCount === 0) throw new ClaimLostError(id);
  };
  let storedIn: EntityManager | null = null;
  const renewal = setInterval(() => void renew(em, own), RENEW_EVERY_MS);
  try {
    const result = await effect(async (value, tx) => {
      await store(value, tx);
      storedIn = tx;
    });
    if (storedIn === null || wasTakenBack(storedIn)) await store(result, em);
    return { result };
  } catch (error) {
    if (error instanceof ClaimLostError) return idempotent(request, effect);
    // What cannot be removed now runs out.
    await claims(em)
      .deleteOne(own)
      .catch(() => undefined);
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

class ClaimLostError extends Error {
  constructor(id: string) {
    super(`another request goes on with ${id}`);
    this.name = 'ClaimLostError';
  }
}

/** What cannot be renewed now is renewed at the next try, or taken over. */
const renew = (em: EntityManager, own: Filter<Claim>) =>
  claims(em)
    .updateOne(own, { $set: { leaseUntil: new Date(Date.now() + LEASE_MS) } })
    .catch(() => undefined);

/** Who holds the claim, when it is ours; else the earlier one. */
async function claim(em: EntityManager, id: string, argsHash: string): Promise<{ holder: string } | { earlier: Claim }> {
  const now = new Date();
  const holder = randomUUID();
  const leaseUntil = new Date(now.getTime() + LEASE_MS);
  try {
    await claims(em).insertOne({ _id: id, argsHash, holder, status: 'RUNNING', result: null, firstSeenAt: now, leaseUntil });
    return { holder };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const takenOver = await claims(em).updateOne({ _id: id, argsHash, status: 'RUNNING', leaseUntil: { $lt: now } }, { $set: { holder, leaseUntil } });
  if (takenOver.modifiedCount === 1) return { holder };
  const earlier = await claims(em).findOne({ _id: id });
  return earlier ? { earlier } : claim(em, id, argsHash);
}

async function settleDuplicate<R>(
  em: EntityManager,
  earlier: Claim,
  argsHash: string,
  again: () => Promise<{ result: R } | { conflict: IdempotencyConflict }>,
) {
  if (earlier.argsHash !== argsHash) return { conflict: idempotencyMismatchError(earlier.firstSeenAt) };
  const deadline = Date.now() + WAIT_MS;
  for (let current: Claim | null = earlier; ; current = await claims(em).findOne({ _id: earlier._id })) {
    if (current === null) return again();
    if (current.status === 'DONE') return { result: current.result as R };
    if (current.leaseUntil.getTime() < Date.now()) return again();
    if (Date.now() > deadline) return { conflict: idempotencyInProgressError(earlier.firstSeenAt) };
    await sleep(LOOK_EVERY_MS);
  }
}

/** Equal arguments hash equally, whatever the order of their keys. */
const hashOf = (args: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(args)) ?? '')
    .digest('base64url');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, entry]) => [name, sorted(entry)]),
  );
}
