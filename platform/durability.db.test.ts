import { randomBytes } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/mongodb';
import { MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { baseProperties } from './entity.ts';
import { idempotent, prepareIdempotency } from './idempotency.ts';
import { ANONYMOUS } from './identity.ts';
import { prepareJobs, schedule, startJobs, unschedule } from './jobs.ts';
import { createLogger } from './logger.ts';
import { consumeOnce, prepareOutbox, publish, type StoredEvent, startRelay } from './outbox.ts';
import { findRows, rawCollection } from './rows.ts';
import { isOutage, sessionOf, transaction } from './transaction.ts';

const CounterSchema = defineEntity({ name: 'Counter', properties: { ...baseProperties('counter'), value: p.integer() } });
class Counter extends CounterSchema.class {}
CounterSchema.setClass(Counter);

const log = createLogger('silent');
const buyer = { ...ANONYMOUS, kind: 'user' as const, subject: 'user_1' };
let orm: MikroORM;

beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Counter], clientUrl: inject('mongoUri'), dbName: `platform-${randomBytes(4).toString('hex')}`, ensureIndexes: true });
  const database = orm.em.getConnection().getDb();
  await Promise.all([prepareOutbox(database), prepareJobs(database), prepareIdempotency(database)]);
});
afterAll(async () => {
  await orm.em.getConnection().getDb().dropDatabase();
  await orm.close();
});

const fork = () => orm.em.fork({ clear: true });
const database = () => orm.em.getConnection().getDb();
const increment = (id: string) =>
  transaction(fork(), async (tx) => {
    await rawCollection(tx, Counter).updateOne({ _id: id }, { $inc: { value: 1 } }, { upsert: true, ...sessionOf(tx) });
  });

describe('transaction', () => {
  test('fifty at once on one document all count', async () => {
    await Promise.all(Array.from({ length: 50 }, () => increment('hot')));
    expect(await findRows(fork(), Counter, { _id: 'hot' }, ['id', 'value'])).toMatchObject([{ id: 'hot', value: 50 }]);
  });

  test('what throws leaves nothing behind, entities included', async () => {
    const attempt = transaction(fork(), async (tx) => {
      tx.create(Counter, { _id: 'never', value: 1 });
      await tx.flush();
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await findRows(fork(), Counter, { _id: 'never' }, ['id'])).toEqual([]);
  });
});

/** As a driver passes it on from a socket to which it is still writing, and from a connection that it had given up. */
const socketError = (code: string) => Object.assign(new Error(`write ${code}`), { code });
const networkError = () => new MongoNetworkError('connection 9 closed');
const LOST = [
  ['a socket that ended', () => socketError('EPIPE')],
  ['a socket that was reset', () => socketError('ECONNRESET')],
  ['a connection without a label', networkError],
  ['a connection in the middle of several writes', () => Object.assign(new MongoServerError({ message: 'closed' }), { errorResponse: networkError() })],
] as const;

describe('a connection that breaks', () => {
  test.each(LOST)('in a transaction begins it again: %s', async (name, error) => {
    const id = `lost-${name}`;
    let runs = 0;
    await transaction(fork(), async (tx) => {
      runs += 1;
      await rawCollection(tx, Counter).updateOne({ _id: id }, { $inc: { value: 1 } }, { upsert: true, ...sessionOf(tx) });
      if (runs === 1) throw error();
    });
    expect([runs, await findRows(fork(), Counter, { _id: id }, ['value'])]).toMatchObject([2, [{ value: 1 }]]);
  });

  test('is an outage, also within what wraps it', () => {
    expect(LOST.map(([, error]) => isOutage(error()))).toEqual(LOST.map(() => true));
    expect([new Error('no', { cause: networkError() }), new Error('no')].map(isOutage)).toEqual([true, false]);
  });
});

describe('idempotent', () => {
  const run = (key: string, args: object, effect: () => Promise<string>) => idempotent({ em: fork(), identity: buyer, field: 'test', key, args }, effect);

  test('ten at once: one effect, equal answers', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => run('key-1', { b: 1, a: [2] }, async () => (await increment('once'), 'done'))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"result":"done"}']));
    expect(await findRows(fork(), Counter, { _id: 'once' }, ['value'])).toMatchObject([{ value: 1 }]);
    expect(await run('key-1', { a: [2], b: 1 }, async () => 'never')).toEqual({ result: 'done' });
  });

  test('other arguments are a mismatch; another caller is independent', async () => {
    await run('key-2', { a: 1 }, async () => 'first');
    expect(await run('key-2', { a: 2 }, async () => 'second')).toMatchObject({ conflict: { code: 'IDEMPOTENCY_PARAMETER_MISMATCH' } });
    const other = { em: fork(), identity: { ...buyer, subject: 'user_2' }, field: 'test', key: 'key-2', args: { a: 2 } };
    expect(await idempotent(other, async () => 'third')).toEqual({ result: 'third' });
  });

  test('an effect that throws leaves the key free', async () => {
    await expect(run('key-3', {}, async () => Promise.reject(new Error('outage')))).rejects.toThrow('outage');
    expect(await run('key-3', {}, async () => 'second try')).toEqual({ result: 'second try' });
  });

  test('one that slept while its claim was taken over comes to nothing, and answers like the other', async () => {
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const add = (complete: (result: string, tx: EntityManager) => Promise<void>, result: string, before?: () => Promise<void>) =>
      transaction(fork(), async (tx) => {
        await before?.();
        await rawCollection(tx, Counter).updateOne({ _id: 'slept' }, { $inc: { value: 1 } }, { upsert: true, ...sessionOf(tx) });
        await complete(result, tx);
        return result;
      });
    const request = { em: fork(), identity: buyer, field: 'test', key: 'key-5', args: {} };
    const first = idempotent<string>(request, (complete) => add(complete, 'first', () => (asleep.resolve(), awake.promise)));
    await asleep.promise;
    const claims = database().collection<{ _id: string; leaseUntil: Date }>('idempotency_keys');
    await claims.updateOne({ _id: 'user:user_1|test|key-5' }, { $set: { leaseUntil: new Date(0) } });
    expect(await idempotent<string>({ ...request, em: fork() }, (complete) => add(complete, 'second'))).toEqual({ result: 'second' });
    awake.resolve();
    expect(await first).toEqual({ result: 'second' });
    expect(await findRows(fork(), Counter, { _id: 'slept' }, ['value'])).toMatchObject([{ value: 1 }]);
  });

  test('a run of the transaction that was taken back does not count as stored', async () => {
    let runs = 0;
    const answer = await idempotent<string>({ em: fork(), identity: buyer, field: 'test', key: 'key-6', args: {} }, (complete) =>
      transaction(fork(), async (tx) => {
        if (++runs > 1) return 'refused';
        await complete('done', tx);
        const conflict = new MongoError('another transaction was first');
        conflict.addErrorLabel('TransientTransactionError');
        throw conflict;
      }),
    );
    expect(answer).toEqual({ result: 'refused' });
    expect(await database().collection<{ _id: string }>('idempotency_keys').findOne({ _id: 'user:user_1|test|key-6' })).toMatchObject({
      status: 'DONE',
      result: 'refused',
    });
  });

  test('the result is stored with the effect or not at all', async () => {
    const attempt = idempotent({ em: fork(), identity: buyer, field: 'test', key: 'key-4', args: {} }, (complete) =>
      transaction(fork(), async (tx) => {
        await rawCollection(tx, Counter).insertOne({ _id: 'with-key', value: 1 }, sessionOf(tx));
        await complete('stored', tx);
        throw new Error('crash before the commit');
      }),
    );
    await expect(attempt).rejects.toThrow('crash');
    expect(await database().collection<{ _id: string }>('idempotency_keys').findOne({ _id: 'user:user_1|test|key-4' })).toBeNull();
  });
});

describe('outbox', () => {
  const tell = (subjectId: string, count: number) =>
    transaction(fork(), async (tx) => {
      for (let index = 0; index < count; index++) await publish(tx, { topic: 'thing.happened', subjectId, data: { index } });
    });

  test('sequences have no gap, and a failing event holds back its own subject only', async () => {
    await Promise.all([tell('a', 2), tell('b', 1), tell('a', 1)]);
    const heard: StoredEvent[] = [];
    let failures = 1;
    const relay = startRelay({
      database: database(),
      pollSeconds: 60,
      log,
      deliver: async (event) => {
        if (event.subjectId === 'a' && event.sequence === 2 && failures-- > 0) throw new Error('consumer is down');
        heard.push(event);
      },
    });
    await relay.drain();
    expect(heard.filter(({ subjectId }) => subjectId === 'a').map(({ sequence }) => sequence)).toEqual([1]);
    expect(heard.filter(({ subjectId }) => subjectId === 'b')).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await relay.drain();
    expect(heard.filter(({ subjectId }) => subjectId === 'a').map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    await relay.stop();
  });

  test('a consumer that is down holds up nobody else, and hears all it missed, in order, seconds after it is back', async () => {
    const down = Array.from({ length: 130 }, (_, index) => `down-${index}`);
    await Promise.all(down.map((subjectId) => tell(subjectId, 1)));
    const heard: StoredEvent[] = [];
    let isDown = true;
    const relay = startRelay({
      database: database(),
      pollSeconds: 0.1,
      log,
      deliver: async (event) => {
        if (isDown && event.subjectId.startsWith('down-')) throw new Error('consumer is down');
        heard.push(event);
      },
    });
    await relay.drain();
    // As it is after minutes: all have failed again and again, and more has happened to each.
    await database()
      .collection('outbox')
      .updateMany({ subjectId: { $in: down } }, { $set: { attempts: 200, retryAt: new Date(0) } });
    await Promise.all(down.map((subjectId) => tell(subjectId, 1)));
    await tell('up', 2);
    await relay.drain();
    expect(heard.map(({ subjectId, sequence }) => [subjectId, sequence])).toEqual([
      ['up', 1],
      ['up', 2],
    ]);
    isDown = false;
    await expect.poll(() => heard.length, { timeout: 8_000 }).toBe(2 + 2 * down.length);
    for (const subjectId of down) expect(heard.filter((event) => event.subjectId === subjectId).map(({ sequence }) => sequence)).toEqual([1, 2]);
    await relay.stop();
  });

  test('two relays at once deliver each event once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => tell(`subject-${index}`, 2)));
    const heard: string[] = [];
    const open = () => startRelay({ database: database(), pollSeconds: 60, log, deliver: async ({ _id }) => void heard.push(_id) });
    const relays = [open(), open()];
    await Promise.all(relays.map((relay) => relay.drain()));
    await Promise.all(relays.map((relay) => relay.drain()));
    expect(heard).toHaveLength(40);
    expect(new Set(heard).size).toBe(40);
    await Promise.all(relays.map((relay) => relay.stop()));
  });

  test('a rolled-back transaction tells nothing', async () => {
    const attempt = transaction(fork(), async (tx) => {
      await publish(tx, { topic: 'thing.happened', subjectId: 'rolled-back', data: {} });
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow();
    expect(await database().collection('outbox').countDocuments({ subjectId: 'rolled-back' })).toBe(0);
  });

  test('a consumer takes an event once, however often it comes', async () => {
    const consume = () =>
      transaction(fork(), async (tx) => {
        if (await consumeOnce(tx, 'test', 'event_1'))
          await rawCollection(tx, Counter).updateOne({ _id: 'consumed' }, { $inc: { value: 1 } }, { upsert: true, ...sessionOf(tx) });
      });
    await Promise.all(Array.from({ length: 10 }, consume));
    expect(await findRows(fork(), Counter, { _id: 'consumed' }, ['value'])).toMatchObject([{ value: 1 }]);
  });
});

describe('jobs', () => {
  test('two workers run each due job once, and no early one', async () => {
    const ran: string[] = [];
    const past = new Date(Date.now() - 1);
    for (let index = 0; index < 20; index++) await schedule(fork(), { kind: 'count', subjectId: `s${index}`, runAt: past });
    await schedule(fork(), { kind: 'count', subjectId: 'later', runAt: new Date(Date.now() + 60_000) });
    const open = () => startJobs({ database: database(), pollSeconds: 60, log, handlers: { count: async ({ subjectId }) => void ran.push(subjectId) } });
    const workers = [open(), open()];
    await Promise.all(workers.map((worker) => worker.drain()));
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(ran.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `s${index}`).sort());
    await unschedule(fork(), 'count', 'later');
    expect(await database().collection('jobs').countDocuments()).toBe(0);
  });

  test('one that fails is kept for later, with what went wrong', async () => {
    await schedule(fork(), { kind: 'fail', subjectId: 's', runAt: new Date() });
    const worker = startJobs({ database: database(), pollSeconds: 60, log, handlers: { fail: async () => Promise.reject(new Error('not yet')) } });
    await worker.drain();
    await worker.stop();
    const [job] = await database().collection('jobs').find().toArray();
    expect(job).toMatchObject({ attempts: 1, lastError: 'Error: not yet', leaseUntil: null, deadAt: null });
    expect(job?.['runAt'].getTime()).toBeGreaterThan(Date.now());
  });

  test('an outage of hours is survived; what fails for a week is kept as dead', async () => {
    const jobs = database().collection<{ _id: string }>('jobs');
    const failingFor = async (hours: number) => {
      await schedule(fork(), { kind: 'outage', subjectId: 's', runAt: new Date() });
      await jobs.updateOne({ _id: 'outage|s' }, { $set: { attempts: 1000, failingSince: new Date(Date.now() - hours * 3600_000) } });
      const worker = startJobs({ database: database(), pollSeconds: 60, log, handlers: { outage: async () => Promise.reject(new Error('away')) } });
      await worker.drain();
      await worker.stop();
      return jobs.findOne({ _id: 'outage|s' });
    };
    const waiting: any = await failingFor(24);
    expect(waiting).toMatchObject({ attempts: 1001, deadAt: null });
    expect(waiting.runAt.getTime() - Date.now()).toBeLessThan(30_000);
    expect(await failingFor(24 * 8)).toMatchObject({ deadAt: expect.any(Date) });
    await unschedule(fork(), 'outage', 's');
  });

  test('one that is rescheduled while it runs, even to the same moment, runs again', async () => {
    const runAt = new Date(Date.now() - 1);
    let runs = 0;
    await schedule(fork(), { kind: 'same', subjectId: 's', runAt });
    const handlers = { same: async () => void (++runs === 1 && (await schedule(fork(), { kind: 'same', subjectId: 's', runAt }))) };
    const worker = startJobs({ database: database(), pollSeconds: 60, log, handlers });
    await worker.drain();
    await worker.stop();
    expect(runs).toBe(2);
    expect(await database().collection('jobs').countDocuments({ kind: 'same' })).toBe(0);
  });

  test('one that is rescheduled while it runs runs again', async () => {
    const runs: number[] = [];
    await schedule(fork(), { kind: 'again', subjectId: 's', runAt: new Date() });
    const worker = startJobs({
      database: database(),
      pollSeconds: 60,
      log,
      handlers: {
        again: async () => {
          runs.push(runs.length);
          if (runs.length === 1) await schedule(fork(), { kind: 'again', subjectId: 's', runAt: new Date(Date.now() + 1) });
        },
      },
    });
    await worker.drain();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await worker.drain();
    await worker.stop();
    expect(runs).toHaveLength(2);
  });
});
