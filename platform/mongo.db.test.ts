import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MongoUnavailableError, openMongo, type RunningMongo } from './mongo.ts';
import { findMongod } from './mongod-binary.ts';
import { isRunning } from './mongod-lock.ts';
import { freePort } from './mongod-process.ts';

let dataDir: string;
const opened: RunningMongo[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mongo-test-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((mongo) => mongo.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function open(options: Partial<Parameters<typeof openMongo>[0]> = {}): Promise<RunningMongo> {
  const binary = process.env['MONGOD_BINARY'];
  const mongo = await openMongo({ dataDir, cacheSizeGB: 0.25, ...(binary && { binary }), ...options });
  opened.push(mongo);
  return mongo;
}

async function withClient<T>({ uri }: { uri: string }, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

const write = (mongo: RunningMongo) => withClient(mongo, (client) => client.db('t').collection('things').insertOne({ name: 'kept' }));
const count = (mongo: RunningMongo) => withClient(mongo, (client) => client.db('t').collection('things').countDocuments());

/** Another process that opens the same folder, and says which mongod it got. */
async function openElsewhere(ephemeral = false): Promise<{ child: ChildProcess; pid: number }> {
  const options = JSON.stringify({ dataDir, ephemeral, cacheSizeGB: 0.25, binary: process.env['MONGOD_BINARY'] });
  const script = `
    import { openMongo } from ${JSON.stringify(`${import.meta.dirname}/mongo.ts`)};
    const mongo = await openMongo(${options});
    console.log(mongo.pid);
    process.stdin.resume().once('end', () => process.exit());`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, pid: Number(line) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const sentence = async (attempt: Promise<unknown>) => {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MongoUnavailableError);
  return (error as MongoUnavailableError).message;
};

test('a later start on the same folder finds what was written, also in a transaction', async () => {
  const first = await open();
  await withClient(first, (client) =>
    client.withSession((session) =>
      session.withTransaction(async () => {
        await client.db('t').collection('things').insertOne({ name: 'one' }, { session });
        await client.db('t').collection('things').insertOne({ name: 'two' }, { session });
      }),
    ),
  );
  const state = JSON.parse(readFileSync(join(dataDir, 'mongod', 'mongod.json'), 'utf8'));
  expect(state).toMatchObject({ pid: first.pid, port: Number(new URL(first.uri).port) });
  await first.stop();
  expect(isRunning(first.pid ?? 0)).toBe(false);
  expect(existsSync(join(dataDir, 'mongod', 'mongod.json'))).toBe(false);

  const second = await open();
  expect(await count(second)).toBe(2);
});

test('a mongod that a killed owner left running is adopted, and stopped at the end', async () => {
  const { child, pid } = await openElsewhere();
  await kill(child);
  expect(isRunning(pid)).toBe(true);

  const mongo = await open();
  expect(mongo.pid).toBe(pid);
  await write(mongo);
  await mongo.stop();
  expect(isRunning(pid)).toBe(false);
});

test('a mongod does not outlive an owner that exits without stopping it', async () => {
  const { child, pid } = await openElsewhere();
  child.stdin?.end();
  await once(child, 'exit');
  const next = await open();
  expect(isRunning(pid)).toBe(false);
  await write(next);
});

test('a second owner is told who is using the folder, and disturbs nobody', async () => {
  const mongo = await open();
  expect(await sentence(open())).toBe(
    `Another copy (process ${process.pid}) is using DATA_DIR (${dataDir}): stop it, or set DATA_DIR to a folder of its own for this one.`,
  );
  await write(mongo);
});

test('a pid that now belongs to another process is left alone', async () => {
  const first = await open();
  await write(first);
  const file = join(dataDir, 'mongod', 'mongod.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  await first.stop();
  writeFileSync(file, JSON.stringify({ ...state, pid: process.pid }));
  writeFileSync(join(dataDir, 'shop.lock'), JSON.stringify({ pid: process.pid, startedAt: 'another time' }));

  const second = await open();
  expect(second.pid).not.toBe(process.pid);
  expect(await count(second)).toBe(1);
});

test('a mongod that dies is noticed', async () => {
  const mongo = await open();
  process.kill(mongo.pid ?? 0, 'SIGKILL');
  expect((await mongo.lost).message).toContain('Our MongoDB ended');
  await mongo.stop();
  await write(await open());
});

test('throw-away databases leave nothing, even where their owner was killed', async () => {
  const { child, pid } = await openElsewhere(true);
  await kill(child);
  const mongo = await open({ ephemeral: true });
  expect(isRunning(pid)).toBe(false);
  await write(mongo);
  await mongo.stop();
  expect(readdirSync(dataDir)).toEqual([]);
});

test('MONGODB_URI is used as it is, and not stopped', async () => {
  const mongo = await open({ ephemeral: true });
  const foreign = await openMongo({ uri: mongo.uri, dataDir });
  expect(foreign).toMatchObject({ uri: mongo.uri, owned: false });
  await foreign.stop();
  await write(mongo);
});

test('an address that leads to nothing usable is refused within five seconds', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const expected: [string, RegExp][] = [
    ['mongodb://user:secret@127.0.0.1:1/', /^The MongoDB of MONGODB_URI \(mongodb:\/\/127\.0\.0\.1:1\/\) cannot be reached \(connect ECONNREFUSED/],
    [`mongodb://127.0.0.1:${port}/`, /cannot be reached .*: start it or correct address and options/],
    ['mongodb://', /^MONGODB_URI is not an address of a MongoDB \(.*\): write it as mongodb:\/\/host:port\/\.$/],
  ];
  const start = performance.now();
  await Promise.all(expected.map(async ([uri, pattern]) => expect(await sentence(openMongo({ uri, dataDir }))).toMatch(pattern)));
  expect(performance.now() - start).toBeLessThan(5500);
  silent.close();
});

test('a standalone server is refused, for it has no transactions', async () => {
  const binary = await findMongod({ binary: process.env['MONGOD_BINARY'], say: () => {} });
  const port = await freePort();
  const child = spawn(binary, ['--dbpath', dataDir, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'], { stdio: 'ignore' });
  try {
    expect(await sentence(openMongo({ uri: `mongodb://127.0.0.1:${port}/`, dataDir }))).toContain('is a standalone server, which has no transactions');
  } finally {
    await kill(child);
  }
});

test.each([
  ['/no/such/mongod', 'is not there'],
  [process.execPath, 'is not a mongod'],
])('MONGOD_BINARY=%s %s', async (binary, problem) => {
  expect(await sentence(openMongo({ binary, dataDir }))).toBe(
    `MONGOD_BINARY (${binary}) ${problem}: set it to a mongod of 6.0 or newer, or leave it out to have one fetched.`,
  );
  expect(readdirSync(dataDir)).not.toContain('shop.lock');
});

test('a DATA_DIR that cannot be a folder is refused', async () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  expect(await sentence(openMongo({ dataDir: file }))).toContain(`DATA_DIR (${file}) is not a folder`);
});
