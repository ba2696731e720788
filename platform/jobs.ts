import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import type { Db } from 'mongodb';
import type { Logger } from './logger.ts';
import { backoffMs } from './outbox.ts';
import { sessionOf } from './transaction.ts';

/** Work that is due at a time. Its id names kind and subject, so that scheduling it twice is once. */
export interface Job {
  readonly _id: string;
  readonly kind: string;
  readonly subjectId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly attempts: number;
}

interface JobRow extends Job {
  runAt: Date;
  leaseUntil: Date | null;
  owner: string | null;
  /** Set when it failed for good: looked at and retried by hand. */
  deadAt: Date | null;
  lastError: string | null;
}

const JOBS = 'jobs';
/** A lease is renewed while the job runs; one that is not has lost its process. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
const MAX_ATTEMPTS = 12;
const AT_ONCE = 4;

export const prepareJobs = (database: Db) => database.collection(JOBS).createIndex({ deadAt: 1, runAt: 1 });

const jobId = (kind: string, subjectId: string) => `${kind}|${subjectId}`;

/** Schedules in the caller's transaction where there is one; an existing job of that kind and subject moves to the new time. */
export async function schedule(em: EntityManager, job: { kind: string; subjectId: string; runAt: Date; data?: Readonly<Record<string, unknown>> }): Promise<void> {
  await em
    .getConnection()
    .getDb()
    .collection<JobRow>(JOBS)
    .updateOne(
      { _id: jobId(job.kind, job.subjectId) },
      {
        $set: { kind: job.kind, subjectId: job.subjectId, data: job.data ?? {}, runAt: job.runAt, deadAt: null, attempts: 0 },
        $setOnInsert: { leaseUntil: null, owner: null, lastError: null },
      },
      { upsert: true, ...sessionOf(em) },
    );
}

export async function unschedule(em: EntityManager, kind: string, subjectId: string): Promise<void> {
  await em.getConnection().getDb().collection<JobRow>(JOBS).deleteOne({ _id: jobId(kind, subjectId) }, sessionOf(em));
}

export type JobHandler = (job: Job) => Promise<void>;

export interface JobWorker {
  /** Runs all that is due now; for tests. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs due jobs. Any number of processes share them: each is leased by one conditional update, and one whose holder died
 * is taken over when the lease ends. A handler that throws is tried again with backoff and, after twelve attempts, kept
 * as dead. A handler is repeatable: it may run again after it succeeded.
 */
export function startJobs(options: { database: Db; handlers: Readonly<Record<string, JobHandler>>; pollSeconds: number; log: Logger }): JobWorker {
  const { database, handlers, log } = options;
  const jobs = database.collection<JobRow>(JOBS);
  const kinds = Object.keys(handlers);
  const owner = randomUUID();
  let stopped = false;
  let running: Promise<void> | null = null;

  const leaseNext = () => {
    const now = new Date();
    return jobs.findOneAndUpdate(
      { deadAt: null, runAt: { $lte: now }, kind: { $in: kinds }, $or: [{ leaseUntil: null }, { leaseUntil: { $lt: now } }] },
      { $set: { owner, leaseUntil: new Date(now.getTime() + LEASE_MS) } },
      { sort: { runAt: 1 }, returnDocument: 'after' },
    );
  };

  async function run(job: JobRow): Promise<void> {
    const renewal = setInterval(() => void jobs.updateOne({ _id: job._id, owner }, { $set: { leaseUntil: new Date(Date.now() + LEASE_MS) } }).catch(() => undefined), RENEW_EVERY_MS);
    try {
      await handlers[job.kind]?.(job);
      // Only if nobody rescheduled it meanwhile.
      await jobs.deleteOne({ _id: job._id, owner, runAt: job.runAt });
      await jobs.updateOne({ _id: job._id, owner }, { $set: { owner: null, leaseUntil: null } });
    } catch (error) {
      await retryLater(job, error);
    } finally {
      clearInterval(renewal);
    }
  }

  async function retryLater(job: JobRow, error: unknown): Promise<void> {
    const attempts = job.attempts + 1;
    const isDead = attempts >= MAX_ATTEMPTS;
    log[isDead ? 'error' : 'warn']({ job: job._id, attempts, error: String(error) }, isDead ? 'job failed for good' : 'job failed, will be tried again');
    await jobs.updateOne(
      { _id: job._id, owner },
      {
        $set: {
          attempts,
          owner: null,
          leaseUntil: null,
          lastError: String(error),
          runAt: new Date(Date.now() + backoffMs(attempts)),
          deadAt: isDead ? new Date() : null,
        },
      },
    );
  }

  async function lane(): Promise<void> {
    for (let job = await leaseNext(); job && !stopped; job = await leaseNext()) await run(job);
  }

  function tick(): Promise<void> {
    running ??= Promise.all(Array.from({ length: AT_ONCE }, lane))
      .then(() => undefined)
      .catch((error: unknown) => log.warn({ error: String(error) }, 'looking for jobs failed'))
      .finally(() => {
        running = null;
      });
    return running;
  }

  const timer = setInterval(() => void tick(), options.pollSeconds * 1000);
  timer.unref();
  return {
    drain: async () => {
      await running;
      await tick();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
