import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import type { Db } from 'mongodb';
import { newId } from './entity.ts';
import type { Logger } from './logger.ts';
import { isDuplicateKey, sessionOf } from './transaction.ts';

/** Something that happened in one subgraph, for the others to hear of. */
export interface StoredEvent {
  /** Event id: consumers keep it, so that a repetition has no effect. */
  readonly _id: string;
  readonly topic: string;
  readonly subjectId: string;
  /** Gap-free per subject, from 1. */
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** An event as it came over HTTP. */
export function parseEvent(body: Buffer): StoredEvent {
  const event = JSON.parse(body.toString('utf8')) as StoredEvent;
  return { ...event, at: new Date(event.at) };
}

interface OutboxRow extends StoredEvent {
  publishedAt: Date | null;
  /** How often this event, or the one before it that it has to wait for, could not be delivered. */
  attempts: number;
  /** When its subject is tried again. */
  retryAt: Date;
}

const OUTBOX = 'outbox';
const SEQUENCES = 'outbox_sequences';
const LEASES = 'leases';
const CONSUMED = 'consumed_events';
const BATCH = 100;
const ROWS_AT_ONCE = 2_000;
const UNTOLD = 'untold';
const UNTOLD_BY_SUBJECT = 'untold_by_subject';
/** Of an event that was not tried yet; no process's clock makes it wait. */
const AT_ONCE = new Date(0);
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** Events that were told within this of each other are marked so in one command. */
const MARK_TOGETHER_MS = 5;
/** A consumer that is back hears within this of what it missed. */
const LONGEST_PAUSE_MS = 4_000;
const KEPT_SECONDS = 30 * 24 * 3600;

export async function prepareOutbox(database: Db): Promise<void> {
  await database.collection(OUTBOX).createIndexes([
    // Only of what is not told yet: the rest is history.
    { key: { attempts: 1, retryAt: 1, _id: 1 }, name: UNTOLD, partialFilterExpression: { publishedAt: null } },
    { key: { subjectId: 1, sequence: 1, publishedAt: 1 }, name: UNTOLD_BY_SUBJECT, partialFilterExpression: { publishedAt: null } },
    { key: { subjectId: 1, sequence: 1 }, unique: true },
  ]);
  await database.collection(CONSUMED).createIndex({ at: 1 }, { expireAfterSeconds: KEPT_SECONDS });
}

export interface NewEvent {
  readonly topic: string;
  readonly subjectId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Writes an event in the caller's transaction: it is told if and only if the change is committed. */
export const publish = (tx: EntityManager, event: NewEvent): Promise<void> => publishAll(tx, [event]);

/** The same for several at once, in their order per subject: at most three commands, however many. */
export async function publishAll(tx: EntityManager, events: readonly NewEvent[]): Promise<void> {
  if (!tx.isInTransaction()) throw new Error(`publish(${events[0]?.topic}) outside of a transaction`);
  if (events.length === 0) return;
  const bySubject = Map.groupBy(events, (event) => event.subjectId);
  const last = await advanceSequences(tx, new Map([...bySubject].map(([subjectId, { length }]) => [subjectId, length])));
  const now = new Date();
  const rows: OutboxRow[] = [...bySubject].flatMap(([subjectId, told]) => {
    const before = (last.get(subjectId) ?? told.length) - told.length;
    return told.map((event, index) => ({
      _id: newId('event'),
      ...event,
      sequence: before + index + 1,
      at: now,
      publishedAt: null,
      attempts: 0,
      retryAt: AT_ONCE,
    }));
  });
  await tx.getConnection().getDb().collection<OutboxRow>(OUTBOX).insertMany(rows, sessionOf(tx));
}

/** Takes the next numbers of each subject; answers the last one taken. */
async function advanceSequences(tx: EntityManager, steps: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const sequences = tx.getConnection().getDb().collection<{ _id: string; last: number }>(SEQUENCES);
  const session = sessionOf(tx);
  const [[subjectId, step] = [], ...others] = steps;
  if (subjectId !== undefined && others.length === 0) {
    const counter = await sequences.findOneAndUpdate({ _id: subjectId }, { $inc: { last: step } }, { upsert: true, returnDocument: 'after', ...session });
    return new Map(counter ? [[subjectId, counter.last]] : []);
  }
  await sequences.bulkWrite(
    [...steps].map(([_id, count]) => ({ updateOne: { filter: { _id }, update: { $inc: { last: count } }, upsert: true } })),
    session,
  );
  const counters = await sequences.find({ _id: { $in: [...steps.keys()] } }, session).toArray();
  return new Map(counters.map((counter) => [counter._id, counter.last]));
}

/** Runs the handler once per consumer and event: the mark is written in the handler's own transaction. */
export async function consumeOnce(tx: EntityManager, consumer: string, eventId: string): Promise<boolean> {
  const marks = tx.getConnection().getDb().collection<{ _id: string; at: Date }>(CONSUMED);
  const mark = `${consumer}|${eventId}`;
  if (await marks.findOne({ _id: mark }, sessionOf(tx))) return false;
  try {
    await marks.insertOne({ _id: mark, at: new Date() }, sessionOf(tx));
    return true;
  } catch (error) {
    // Outside a transaction two deliveries may meet here; inside one the server aborts and repeats the body.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

export interface Relay {
  /** Looks at once instead of at the next poll. */
  wake(): void;
  /** Publishes all that is due; for tests and for a clean stop. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Delivers the outbox of one database, in order per subject, at least once. Any number of processes may run one; a lease
 * lets one work at a time, and a killed holder is followed after ten seconds. What cannot be delivered holds back its own
 * subject only, and is tried again every few seconds for as long as it takes.
 */
export function startRelay(options: { database: Db; deliver: (event: StoredEvent) => Promise<void>; pollSeconds: number; log: Logger }): Relay {
  const { database, deliver, log } = options;
  const outbox = database.collection<OutboxRow>(OUTBOX);
  const owner = randomUUID();
  let stopped = false;
  let running: Promise<void> | null = null;
  let again = false;
  let leasedAt = Number.NEGATIVE_INFINITY;

  const marked = new DataLoader(
    async (ids: readonly string[]) => {
      await outbox.updateMany({ _id: { $in: [...ids] } }, { $set: { publishedAt: new Date() } });
      return ids;
    },
    { cache: false, batchScheduleFn: (mark) => setTimeout(mark, MARK_TOGETHER_MS) },
  );

  async function lease(): Promise<boolean> {
    const askedAt = performance.now();
    if (!(await takeLease(database, 'relay', owner))) return false;
    leasedAt = askedAt;
    return true;
  }

  /** Who has just taken the lease need not ask for it again, nor whether that were worth it. */
  const isLeased = () => performance.now() - leasedAt < RENEW_EVERY_MS;

  async function round(): Promise<void> {
    do {
      again = false;
      if (!isLeased() && (!(await hasWork()) || !(await lease()))) return;
      const renewal = setInterval(() => void lease().catch(() => undefined), RENEW_EVERY_MS);
      try {
        await deliverDue();
      } finally {
        clearInterval(renewal);
      }
    } while (again && !stopped);
  }

  const due = () => ({ publishedAt: null, retryAt: { $lte: new Date() } });
  const hasWork = async () => (await outbox.findOne(due(), { projection: { _id: 1 }, hint: UNTOLD })) !== null;

  /** What is new comes first, so that it never waits behind what failed before; of that as long as some of it goes through. */
  async function deliverDue(): Promise<void> {
    while (!stopped) {
      const found = await outbox
        .find(due(), { projection: { subjectId: 1, attempts: 1 }, hint: UNTOLD })
        .sort({ attempts: 1, retryAt: 1, _id: 1 })
        .limit(BATCH)
        .toArray();
      if (found.length === 0) return;
      const delivered = await deliverSubjects([...new Set(found.map(({ subjectId }) => subjectId))]);
      if (found.length < BATCH || (delivered === 0 && found.every(({ attempts }) => attempts > 0))) return;
    }
  }

  async function deliverSubjects(subjectIds: readonly string[]): Promise<number> {
    const untold = await outbox
      .find({ subjectId: { $in: [...subjectIds] }, publishedAt: null }, { hint: UNTOLD_BY_SUBJECT })
      .sort({ subjectId: 1, sequence: 1 })
      .limit(ROWS_AT_ONCE)
      .toArray();
    const subjects = await Promise.allSettled([...Map.groupBy(untold, ({ subjectId }) => subjectId).values()].map(deliverInOrder));
    const counts = subjects.map((subject) => {
      if (subject.status === 'rejected') throw subject.reason;
      return subject.value;
    });
    return counts.reduce((total, count) => total + count, 0);
  }

  /** Stops at the first that fails: what comes after it must not overtake it, and waits with it. */
  async function deliverInOrder(events: readonly OutboxRow[]): Promise<number> {
    for (const [count, event] of events.entries()) {
      if (stopped) return count;
      if (event.retryAt.getTime() > Date.now()) {
        await hold(event, event.attempts, event.retryAt);
        return count;
      }
      try {
        await deliver(event);
      } catch (error) {
        const attempts = event.attempts + 1;
        log.warn({ event: event._id, topic: event.topic, attempts, error: String(error) }, 'event could not be delivered');
        await hold(event, attempts, new Date(Date.now() + backoffMs(attempts, LONGEST_PAUSE_MS)));
        return count;
      }
      await marked.load(event._id);
    }
    return events.length;
  }

  /** The event and all that its subject has told after it. */
  const hold = ({ subjectId }: OutboxRow, attempts: number, retryAt: Date) =>
    outbox.updateMany({ subjectId, publishedAt: null }, { $set: { attempts, retryAt } });

  function kick(): Promise<void> {
    if (running) {
      again = true;
      return running;
    }
    running = round()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'relay round failed'))
      .finally(() => {
        running = null;
      });
    return running;
  }

  const timer = setInterval(() => void kick(), options.pollSeconds * 1000);
  timer.unref();
  return {
    wake: () => void (stopped || kick()),
    drain: async () => {
      while (running) await running;
      await kick();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
      await database.collection(LEASES).deleteOne({ owner });
    },
  };
}

async function takeLease(database: Db, name: string, owner: string): Promise<boolean> {
  const leases = database.collection<{ _id: string; owner: string; until: Date }>(LEASES);
  const now = Date.now();
  try {
    await leases.updateOne(
      { _id: name, $or: [{ owner }, { until: { $lt: new Date(now) } }] },
      { $set: { owner, until: new Date(now + LEASE_MS) } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Doubles from half a second to the longest pause, with jitter, so that many that failed together do not return together. */
export const backoffMs = (attempts: number, longest: number): number => Math.min(longest, 500 * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
