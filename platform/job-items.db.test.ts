import { randomBytes } from 'node:crypto';
import { type EntityManager, MikroORM } from '@mikro-orm/mongodb';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { defineEntity, p } from '@mikro-orm/core';
import { itemsOf, type Job, prepareJobs, scheduleItems, startJobs, takeOffItems } from './jobs.ts';
import { createLogger } from './logger.ts';

const Anything = defineEntity({ name: 'Anything', properties: { _id: p.string().primary() } });

let orm: MikroORM;
beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Anything], clientUrl: inject('mongoUri'), dbName: `items-${randomBytes(4).toString('hex')}` });
  await orm.connect();
  await prepareJobs(database());
});
afterAll(async () => {
  await database().dropDatabase();
  await orm.close();
});
beforeEach(() => database().collection('jobs').deleteMany({}));

const database = () => orm.em.getConnection().getDb();
const fork = (): EntityManager => orm.em.fork({ clear: true });
const SOON = () => new Date(Date.now() - 1);
const add = (items: string[], runAt = SOON()) => scheduleItems(fork(), { kind: 'post', subjectId: 'a', runAt, items });
const rows = () => database().collection('jobs').find({}).toArray();

/** Works with what it is given, one look at a time. */
async function work(handle: (job: Job) => Promise<void>): Promise<void> {
  const worker = startJobs({ database: database(), handlers: { post: handle }, pollSeconds: 60, log: createLogger('silent') });
  await worker.drain();
  await worker.stop();
}

test('what comes while a job waits is done with it, and does not put it off', async () => {
  const runAt = SOON();
  await add(['1'], runAt);
  await Promise.all([add(['2', '1'], new Date(Date.now() + 3600_000)), add(['3'])]);
  expect(await rows()).toMatchObject([{ runAt }]);
  const done: string[][] = [];
  await work(async (job) => {
    done.push(itemsOf(job).sort());
    await takeOffItems(fork(), job, itemsOf(job), SOON());
  });
  expect(done).toEqual([['1', '2', '3']]);
  expect(await rows()).toEqual([]);
});

test('what comes while it runs is done by the next run', async () => {
  await add(['1']);
  const done: string[][] = [];
  await work(async (job) => {
    done.push(itemsOf(job));
    if (done.length === 1) await add(['2', '1']);
    await takeOffItems(fork(), job, itemsOf(job), SOON());
  });
  // "1" came again after the run had begun, and is taken off with its first occurrence.
  expect(done).toEqual([['1'], ['2']]);
  expect(await rows()).toEqual([]);
});

test('what fails stays, and more of it brings back what was given up', async () => {
  await add(['1']);
  await work(async () => {
    throw new Error('no');
  });
  expect(await rows()).toMatchObject([{ attempts: 1, data: { items: ['1'] } }]);
  await database()
    .collection('jobs')
    .updateMany({}, { $set: { deadAt: new Date(), runAt: SOON() } });
  await add(['2']);
  const done: string[][] = [];
  await work(async (job) => {
    done.push(itemsOf(job));
    await takeOffItems(fork(), job, itemsOf(job), SOON());
  });
  expect(done).toEqual([['1', '2']]);
});
