import { DriverException } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/mongodb';
import { type ClientSession, MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';

/**
 * Runs the body in one transaction, on a fresh fork, and flushes it. The driver repeats the body on a transient error
 * (another transaction won a conflict, a new primary) and the commit when its outcome is unknown, with a jittered
 * backoff; so the body touches nothing but MongoDB and builds its result anew each time.
 */
export async function transaction<T>(em: EntityManager, body: (tx: EntityManager) => Promise<T>): Promise<T> {
  if (em.isInTransaction()) return body(em);
  const client = em.getConnection().getClient();
  let fork: EntityManager | null = null;
  return client.withSession((session) =>
    session.withTransaction(async () => {
      if (fork) takenBack.add(fork);
      const tx = em.fork({ clear: true });
      fork = tx;
      tx.setTransactionContext(session);
      try {
        const result = await body(tx);
        await tx.flush();
        return result;
      } catch (error) {
        takenBack.add(tx);
        throw transientOf(error) ?? error;
      }
    }, TRANSACTION_OPTIONS),
  );
}

const takenBack = new WeakSet<EntityManager>();

/** Whether what was written in this run of a transaction's body came to nothing: it threw, or was run again. */
export const wasTakenBack = (tx: EntityManager): boolean => takenBack.has(tx);

/**
 * The driver repeats a transaction only on an error of its own with this label, and forgets the label where a connection
 * broke that it had given up already. MikroORM wraps its errors. It gets one back.
 */
function transientOf(error: unknown): MongoError | null {
  if (!isConnectionLost(error) && !(error instanceof DriverException && isLabelledTransient(error))) return null;
  const transient = new MongoError(error instanceof Error ? error.message : String(error));
  transient.addErrorLabel(TRANSIENT);
  return transient;
}

const isLabelledTransient = (error: object): boolean => 'errorLabelSet' in error && error.errorLabelSet instanceof Set && error.errorLabelSet.has(TRANSIENT);

/**
 * Also as a socket says it: what breaks while a command is still being written is passed on as no error of the driver's.
 * An error of several writes has that of the connection as its `errorResponse`.
 */
const isConnectionLost = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (error instanceof MongoNetworkError ||
    ('code' in error && SOCKET_CODES.has(error.code)) ||
    ('cause' in error && isConnectionLost(error.cause)) ||
    ('previous' in error && isConnectionLost(error.previous)) ||
    ('errorResponse' in error && isConnectionLost(error.errorResponse)));

const SOCKET_CODES: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT']);

const TRANSIENT = 'TransientTransactionError';

const TRANSACTION_OPTIONS = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } } as const;

/** For driver calls: the session of the transaction that `em` is in, or none. */
export const sessionOf = (em: EntityManager): { session?: ClientSession } => {
  const session = em.getTransactionContext<ClientSession>();
  return session ? { session } : {};
};

/** A unique index said no: somebody else was first. */
export const isDuplicateKey = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (('code' in error && error.code === 11_000) || ('cause' in error && isDuplicateKey(error.cause)) || ('previous' in error && isDuplicateKey(error.previous)));

/** No primary, a primary that steps down, a server that goes away: what is answered so may be asked again. */
const OUTAGE_CODES: ReadonlySet<unknown> = new Set([91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);
const OUTAGE_LABELS = [TRANSIENT, 'RetryableWriteError'];

/** The database is away, or its primary has changed: nobody's fault, and over soon. */
export function isOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const isOne =
    isConnectionLost(error) ||
    error instanceof MongoServerSelectionError ||
    (error instanceof MongoError && OUTAGE_LABELS.some((label) => error.hasErrorLabel(label))) ||
    (error instanceof MongoServerError && OUTAGE_CODES.has(error.code));
  return isOne || ('cause' in error && isOutage(error.cause)) || ('previous' in error && isOutage(error.previous));
}
