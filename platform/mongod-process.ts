import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { z } from 'zod';
import { isAlive, isRunning, markProcess, ProcessMark, readProcessFile } from './mongod-lock.ts';
import { codeOf, MongoUnavailableError, noSpace, notWritable } from './mongod-unavailable.ts';

/** A mongod of our own: its process and where it listens, as they stand in its folder. */
const Mongod = ProcessMark.extend({ port: z.int().positive() });
export type Mongod = z.infer<typeof Mongod>;

export interface MongodOptions {
  readonly binary: string;
  /** Holds the database files, the log and `mongod.json`. */
  readonly home: string;
  readonly ephemeral: boolean;
  readonly cacheSizeGB: number;
  readonly extraArgs: readonly string[];
}

const REPLICA_SET = 'tradegraph';
const START_BOUND = 120_000;
const STOP_BOUND = 20_000;
const POLL = 20;
const PORT_ATTEMPTS = 3;

/** Replica set commands that are answered so while mongod is still reading its configuration. */
const NOT_YET = new Set<unknown>(['NotYetInitialized', 'ConfigurationInProgress', 'InterruptedDueToReplStateChange']);

export const mongodUri = ({ port }: { readonly port: number }) => `mongodb://127.0.0.1:${port}/?directConnection=true`;

/** Starts a mongod and waits until it takes writes. */
export async function startMongod(options: MongodOptions): Promise<Mongod> {
  const { home } = options;
  await mkdir(join(home, 'db'), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const mongod = await spawnMongod(options);
    try {
      if (await untilPrimary(mongod, options.ephemeral)) return mongod;
    } catch (error) {
      await endMongod(mongod, home);
      throw error;
    }
    await rm(stateFile(home), { force: true });
    const log = await readFile(logFile(home), 'utf8');
    // Between finding a free port and listening on it, another process may have taken it.
    if (attempt === PORT_ATTEMPTS || !/Address already in use/.test(log)) throw new MongoUnavailableError(whyEnded(log, options));
  }
}

/** The mongod that an earlier, crashed owner of the folder left running. */
export async function adoptMongod(home: string): Promise<Mongod | undefined> {
  const mongod = readProcessFile(stateFile(home), Mongod);
  if (!mongod || !isAlive(mongod)) return undefined;
  return (await untilPrimary(mongod, false)) ? mongod : undefined;
}

/** Stops a mongod in an orderly way; the journal forgives the disorderly one where it takes too long. */
export async function stopMongod(mongod: Mongod, home: string): Promise<void> {
  if (isAlive(mongod)) {
    process.kill(mongod.pid, 'SIGTERM');
    await untilEnded(mongod, STOP_BOUND);
  }
  await endMongod(mongod, home);
}

/** Ends a mongod at once. */
export async function endMongod(mongod: Mongod, home: string): Promise<void> {
  if (isAlive(mongod)) {
    process.kill(mongod.pid, 'SIGKILL');
    await untilEnded(mongod, STOP_BOUND);
  }
  await rm(stateFile(home), { force: true });
}

/** Ends what a dead owner left running in a folder. */
export async function endAbandoned(home: string): Promise<void> {
  const mongod = readProcessFile(stateFile(home), Mongod);
  if (mongod) await endMongod(mongod, home);
}

/** Why a mongod that was running is gone, for whoever finds it so. */
export async function whyGone(home: string, binary: string): Promise<string> {
  return whyEnded(await readFile(logFile(home), 'utf8').catch(() => ''), { home, binary });
}

const stateFile = (home: string) => join(home, 'mongod.json');
const logFile = (home: string) => join(home, 'mongod.log');

async function spawnMongod(options: MongodOptions): Promise<Mongod> {
  const { binary, home } = options;
  const port = await freePort();
  await rename(logFile(home), join(home, 'mongod.previous.log')).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  const log = openSync(logFile(home), 'w');
  try {
    // Detached, so that a Ctrl-C in the terminal does not reach it before those who still write to it.
    // Its log is its output, which also holds what it says before it would open a log of its own.
    const child = spawn(binary, mongodArguments(options, port), {
      detached: !options.ephemeral,
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    child.unref();
    await once(child, 'spawn');
    const mark = child.pid === undefined ? undefined : markProcess(child.pid);
    const mongod = { pid: child.pid ?? 0, startedAt: '', ...mark, port };
    await writeFile(stateFile(home), JSON.stringify(mongod));
    return mongod;
  } finally {
    closeSync(log);
  }
}

function mongodArguments({ home, ephemeral, cacheSizeGB, extraArgs }: MongodOptions, port: number): string[] {
  return [
    ['--dbpath', join(home, 'db')],
    ['--port', String(port)],
    ['--bind_ip', '127.0.0.1'],
    process.platform === 'win32' ? [] : ['--nounixsocket'],
    ['--replSet', REPLICA_SET],
    ['--oplogSize', ephemeral ? '128' : '1024'],
    ['--wiredTigerCacheSizeGB', String(cacheSizeGB)],
    // Journal files are made in full, and in advance: by default 100 MB each, which is felt at every start.
    ['--wiredTigerEngineConfigString', `log=(file_max=${ephemeral ? 8 : 32}MB)`],
    ['--quiet'],
    ['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    extraArgs,
  ].flat();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** True when it takes writes, false when it ended before. */
async function untilPrimary(mongod: Mongod, ephemeral: boolean): Promise<boolean> {
  const deadline = Date.now() + START_BOUND;
  const client = new MongoClient(mongodUri(mongod), { serverSelectionTimeoutMS: 50, connectTimeoutMS: 2000, maxPoolSize: 1 });
  try {
    while (isRunning(mongod.pid)) {
      if (await isPrimary(client.db('admin'), mongod, ephemeral)) return true;
      if (Date.now() > deadline) {
        throw new MongoUnavailableError(
          `MongoDB (process ${mongod.pid}) is running but not ready after ${START_BOUND / 1000} seconds: look into its mongod.log, end it, and start again.`,
        );
      }
      await sleep(POLL);
    }
    return false;
  } finally {
    await client.close();
  }
}

async function isPrimary(admin: Db, mongod: Mongod, ephemeral: boolean): Promise<boolean> {
  try {
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary']) return true;
    await configure(admin, mongod, ephemeral);
    return false;
  } catch (error) {
    if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return false;
    if (error instanceof MongoError && 'codeName' in error && NOT_YET.has(error.codeName)) return false;
    throw error;
  }
}

/** Makes the replica set of one, or tells it the port of this start. */
async function configure(admin: Db, { port }: Mongod, ephemeral: boolean): Promise<void> {
  const host = `127.0.0.1:${port}`;
  const config = await admin.client.db('local').collection('system.replset').findOne();
  if (!config) {
    // A throw-away folder outlives no crash, so nothing waits there for the disk.
    const fast = ephemeral ? { writeConcernMajorityJournalDefault: false } : {};
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, ...fast, members: [{ _id: 0, host }] } });
  } else if (config['members'][0].host !== host) {
    const moved = { ...config, version: config['version'] + 1, members: [{ ...config['members'][0], host }] };
    await admin.command({ replSetReconfig: moved, force: true });
  }
}

async function untilEnded({ pid }: Mongod, bound: number): Promise<void> {
  const deadline = Date.now() + bound;
  while (isRunning(pid) && Date.now() < deadline) await sleep(POLL);
}

/** What a mongod that ended said last, as a sentence. */
function whyEnded(log: string, { home, binary }: Pick<MongodOptions, 'home' | 'binary'>): string {
  const known = ENDINGS.find(([pattern]) => pattern.test(log));
  if (known) return known[1](home, binary);
  const last = log.split('\n').findLast((line) => /"s":"[EF]"|^(?!\{).+/.test(line)) ?? 'nothing';
  const said = /"error":"([^"]+)"/.exec(last)?.[1] ?? /"msg":"([^"]+)"/.exec(last)?.[1] ?? last;
  return `MongoDB (${binary}) ended, saying "${said.slice(0, 200)}": look into ${logFile(home)}, or set MONGODB_URI to another MongoDB.`;
}

const ENDINGS: readonly (readonly [RegExp, (home: string, binary: string) => string])[] = [
  [/No space left on device|error_code":28\b/, noSpace],
  [/DBPathInUse|Unable to lock the lock file/, (home) => `Another mongod is using the database in ${home}: stop it, or set DATA_DIR to another folder.`],
  [/Permission denied|Read-only file system/, notWritable],
  [
    /UPGRADE PROBLEM|featureCompatibilityVersion|unsupported WiredTiger file version/,
    (home, binary) => `The database in ${home} was written by a version of MongoDB that ${binary} cannot read: set MONGOD_BINARY to one that can, or DATA_DIR to another folder.`,
  ],
];
