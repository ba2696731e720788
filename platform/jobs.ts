import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import type { Db, Document, Filter } from 'mongodb';
import { databaseClock } from './clock.ts';
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
  /** When it was taken up, by the clock that all processes share: what decides whether something is due. */
  readonly now: Date;
}

interface JobRow extends Omit<Job, 'now'> {
  runAt: Date;
  /** Counts how often it was scheduled: what was scheduled anew while it ran is not done yet. */
  revision?: number;
  leaseUntil: Date | null;
  owner: string | null;
  /** Since when it has done nothing but fail. */
  failingSince?: Date | null;
  /** Set when it failed for good: looked at and retried by hand. */
  deadAt: Date | null;
  lastError: string | null;
}

const JOBS = 'jobs';
/** A lease is renewed while the job runs; one that is not has lost its process. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** No outage lasts as long; what still fails then is wrong, and trying again does not help. */
const GIVE_UP_AFTER_MS = 7 * 24 * 3600_000;
/** An outage that is over is noticed within this. */
const LONGEST_PAUSE_MS = 30_000;
const AT_ONCE = 4;

export const prepareJobs = (database: Db) => database.collection(JOBS).createIndex({ deadAt: 1, runAt: 1 });

const jobsOf = (em: EntityManager) => em.getConnection().getDb().collection<JobRow>(JOBS);
const jobId = (kind: string, subjectId: string) => `${kind}|${subjectId}`;

/** Schedules in the caller's transaction where there is one; an existing job of that kind and subject moves to the new time. */
export const schedule = (
  em: EntityManager,
  { kind, subjectId, runAt, data = {} }: { kind: string; subjectId: string; runAt: Date; data?: Readonly<Record<string, unknown>> },
): Promise<void> => upsert(em, kind, subjectId, { $set: { ...BEGUN_ANEW, deadAt: null, runAt, data } });

/**
 * Adds to what a job has to work through (its `items`), and schedules it where there is none. One that waits keeps its
 * time, so that much that comes in a short while is done at once; one that runs comes again, and so does one that was given up.
 * An item is taken off by its name, also where it came again meanwhile: what has to be done again has a name of its own.
 */
export const scheduleItems = (
  em: EntityManager,
  { kind, subjectId, runAt, items }: { kind: string; subjectId: string; runAt: Date; items: readonly string[] },
): Promise<void> => upsert(em, kind, subjectId, { $addToSet: { 'data.items': { $each: [...items] } }, $set: { deadAt: null } }, { ...BEGUN_ANEW, runAt });

/** It has not failed yet. */
const BEGUN_ANEW = { attempts: 0, failingSince: null };
/** Nobody is at it. */
const FREE = { leaseUntil: null, owner: null, lastError: null };

async function upsert(em: EntityManager, kind: string, subjectId: string, change: Document, ifNew: Partial<JobRow> = {}): Promise<void> {
  await jobsOf(em).updateOne(
    { _id: jobId(kind, subjectId) },
    { ...change, $inc: { revision: 1 }, $setOnInsert: { kind, subjectId, ...FREE, ...ifNew } },
    { upsert: true, ...sessionOf(em) },
  );
}

export const itemsOf = ({ data }: Pick<Job, 'data'>): string[] => (Array.isArray(data['items']) ? data['items'].map(String) : []);

/** Takes off what a job has worked through. What came meanwhile waits until then. */
export async function takeOffItems(em: EntityManager, { _id }: Pick<Job, '_id'>, items: readonly string[], then: Date): Promise<void> {
  const worked: Document = { $pull: { 'data.items': { $in: [...items] } }, $set: { ...BEGUN_ANEW, runAt: then } };
  await jobsOf(em).updateOne({ _id }, worked, sessionOf(em));
}

export async function unschedule(em: EntityManager, kind: string, subjectId: string): Promise<void> {
  await jobsOf(em).deleteOne({ _id: jobId(kind, subjectId) }, sessionOf(em));
}

export type JobHandler = (job: Job) => Promise<void>;

export interface JobWorker {
  /** Runs all that is due now; for tests. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs jobs that are due by the database's clock. Any number of processes share them: each is leased by one conditional update, and one whose holder died
 * is taken over when the lease ends. A handler that throws is tried again with backoff for as long as an outage may last,
 * and only after a week of nothing but failures kept as dead. A handler is repeatable: it may run again after it succeeded.
 */
export function startJobs(options: { database: Db; handlers: Readonly<Record<string, JobHandler>>; pollSeconds: number; log: Logger }): JobWorker {
  const { database, handlers, log } = options;
  const jobs = database.collection<JobRow>(JOBS);
  const kinds = Object.keys(handlers);
  const owner = randomUUID();
  let stopped = false;
  let running: Promise<void> | null = null;

  const clock = databaseClock(database);
  const leaseFrom = (now: Date) => new Date(now.getTime() + LEASE_MS);

  async function leaseNext(): Promise<(JobRow & Job) | null> {
    const now = await clock();
    const job = await jobs.findOneAndUpdate(
      { deadAt: null, runAt: { $lte: now }, kind: { $in: kinds }, $or: [{ leaseUntil: null }, { leaseUntil: { $lt: now } }] },
      { $set: { owner, leaseUntil: leaseFrom(now) } },
      { sort: { runAt: 1 }, returnDocument: 'after' },
    );
    return job && { ...job, now };
  }

  const renew = async ({ _id }: JobRow) => jobs.updateOne({ _id, owner }, { $set: { leaseUntil: leaseFrom(await clock()) } });

  async function run(job: JobRow & Job): Promise<void> {
    const renewal = setInterval(() => void renew(job).catch(() => undefined), RENEW_EVERY_MS);
    try {
      await handlers[job.kind]?.(job);
      const { deletedCount } = await jobs.deleteOne(asLeased(job));
      if (deletedCount === 0) await giveUpLease(job);
    } catch (error) {
      await retryLater(job, error);
    } finally {
      clearInterval(renewal);
    }
  }

  /** Unless somebody scheduled it anew meanwhile, or took it over. */
  const asLeased = ({ _id, revision }: JobRow) => ({ _id, owner, revision: revision ?? null }) as Filter<JobRow>;
  const giveUpLease = ({ _id }: JobRow) => jobs.updateOne({ _id, owner }, { $set: { owner: null, leaseUntil: null } });

  async function retryLater(job: JobRow, error: unknown): Promise<void> {
    const now = (await clock()).getTime();
    const attempts = job.attempts + 1;
    const failingSince = job.failingSince ?? new Date(now);
    const isDead = now - failingSince.getTime() >= GIVE_UP_AFTER_MS;
    log[isDead ? 'error' : 'warn'](
      { job: job._id, attempts, failingSince, error: String(error) },
      isDead ? 'job failed for good' : 'job failed, will be tried again',
    );
    const runAt = new Date(now + backoffMs(attempts, LONGEST_PAUSE_MS));
    const failed = { attempts, failingSince, lastError: String(error), runAt, deadAt: isDead ? new Date(now) : null, owner: null, leaseUntil: null };
    const { matchedCount } = await jobs.updateOne(asLeased(job), { $set: failed });
    if (matchedCount === 0) await giveUpLease(job);
  }

  async function lane(): Promise<void> {
    while (!stopped) {
      const job = await leaseNext();
      if (!job) return;
      await run(job);
    }
  }

  function tick(): Promise<void> {
    running ??= Promise.allSettled(Array.from({ length: AT_ONCE }, lane)).then((lanes) => {
      running = null;
      for (const ended of lanes) if (ended.status === 'rejected') log.warn({ error: String(ended.reason) }, 'looking for jobs failed');
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
