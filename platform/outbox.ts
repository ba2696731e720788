import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
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
  attempts: number;
  retryAt: Date;
}

const OUTBOX = 'outbox';
const SEQUENCES = 'outbox_sequences';
const LEASES = 'leases';
const CONSUMED = 'consumed_events';
const BATCH = 100;
const LEASE_MS = 10_000;
const KEPT_SECONDS = 30 * 24 * 3600;

export async function prepareOutbox(database: Db): Promise<void> {
  await database.collection(OUTBOX).createIndexes([
    { key: { publishedAt: 1, _id: 1 } },
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
    return told.map((event, index) => ({ _id: newId('event'), ...event, sequence: before + index + 1, at: now, publishedAt: null, attempts: 0, retryAt: now }));
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
 * lets one work at a time, and a killed holder is followed after ten seconds.
 */
export function startRelay(options: { database: Db; deliver: (event: StoredEvent) => Promise<void>; pollSeconds: number; log: Logger }): Relay {
  const { database, deliver, log } = options;
  const outbox = database.collection<OutboxRow>(OUTBOX);
  const owner = randomUUID();
  let stopped = false;
  let running: Promise<void> | null = null;
  let again = false;

  async function round(): Promise<void> {
    do {
      again = false;
      if (!(await hasWork()) || !(await takeLease(database, 'relay', owner))) return;
      while (!stopped && (await deliverBatch())) await takeLease(database, 'relay', owner);
    } while (again && !stopped);
  }

  const hasWork = async () => (await outbox.findOne({ publishedAt: null, retryAt: { $lte: new Date() } }, { projection: { _id: 1 } })) !== null;

  /** True when it delivered something and there may be more. */
  async function deliverBatch(): Promise<boolean> {
    const rows = await outbox.find({ publishedAt: null }).sort({ _id: 1 }).limit(BATCH).toArray();
    const now = Date.now();
    const subjects = [...Map.groupBy(rows, (row) => row.subjectId).values()];
    const delivered = await Promise.all(subjects.map((events) => deliverInOrder(events.sort((a, b) => a.sequence - b.sequence), now)));
    return delivered.some((count) => count > 0) && rows.length === BATCH;
  }

  /** Stops at the first that fails: what comes after it must not overtake it. */
  async function deliverInOrder(events: readonly OutboxRow[], now: number): Promise<number> {
    let count = 0;
    for (const event of events) {
      if (stopped || event.retryAt.getTime() > now) break;
      try {
        await deliver(event);
      } catch (error) {
        const attempts = event.attempts + 1;
        log.warn({ event: event._id, topic: event.topic, attempts, error: String(error) }, 'event could not be delivered');
        await outbox.updateOne({ _id: event._id }, { $set: { attempts, retryAt: new Date(Date.now() + backoffMs(attempts)) } });
        break;
      }
      await outbox.updateOne({ _id: event._id }, { $set: { publishedAt: new Date() } });
      count += 1;
    }
    return count;
  }

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
    wake: () => void kick(),
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

/** Doubles from half a second to a minute, with jitter, so that many that failed together do not return together. */
export const backoffMs = (attempts: number): number => Math.min(60_000, 500 * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
