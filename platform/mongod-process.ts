import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { z } from 'zod';
import { isAlive, isRunning, markProcess, ProcessMark, readProcessFile } from './mongod-lock.ts';
import { codeOf, MongoUnavailableError, noSpace, notWritable } from './mongod-unavailable.ts';

/** A mongod of our own: its process and where it listens, as they stand in its folder. */
const Mongod = ProcessMark.extend({ port: z.int().positive(), isEnding: z.boolean().optional() });
export type Mongod = z.infer<typeof Mongod>;

export interface MongodOptions {
  readonly binary: string;
  /** Holds the database files, the log and `mongod.json`. */
  readonly home: string;
  readonly ephemeral: boolean;
  readonly cacheSizeGB: number;
  readonly extraArgs: readonly string[];
  /** Where it shall listen; on a free port by default. */
  readonly port?: number | undefined;
}

const REPLICA_SET = 'tradegraph';
const START_BOUND = 120_000;
const STOP_BOUND = 20_000;
const POLL = 20;
const PORT_ATTEMPTS = 3;
const LEAST_SPACE = 16 * 1024 * 1024;

/** Replica set commands that are answered so while mongod is still reading its configuration. */
const NOT_YET = new Set<unknown>(['NotYetInitialized', 'ConfigurationInProgress', 'InterruptedDueToReplStateChange']);

/** As a replica set, not as a server: then a driver waits for the next primary where there is none for a moment. */
export const mongodUri = ({ port }: { readonly port: number }) => `mongodb://127.0.0.1:${port}/?replicaSet=${REPLICA_SET}`;

/** For the time before there is a replica set to speak of. */
const directUri = ({ port }: { readonly port: number }) => `mongodb://127.0.0.1:${port}/?directConnection=true`;

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
    await endMongod(mongod, home);
    const log = await readFile(logFile(home), 'utf8');
    // Between finding a free port and listening on it, another process may have taken it.
    if (attempt === PORT_ATTEMPTS || !/Address already in use/.test(log)) throw new MongoUnavailableError(await whyEnded(home));
  }
}

/** The mongod that an earlier, crashed owner of the folder left running. */
export async function adoptMongod(home: string): Promise<Mongod | undefined> {
  const mongod = readProcessFile(stateFile(home), Mongod);
  if (!mongod || !isAlive(mongod)) return undefined;
  // For its last second it still answers, as if it were there to stay.
  if (mongod.isEnding) {
    await stopMongod(mongod, home);
    return undefined;
  }
  own(mongod, home);
  if (await untilPrimary(mongod, false)) return mongod;
  disown(mongod);
  return undefined;
}

/** Stops a mongod in an orderly way; the journal forgives the disorderly one where it takes too long. */
export async function stopMongod(mongod: Mongod, home: string): Promise<void> {
  if (isAlive(mongod)) {
    tellToEnd(mongod, home);
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
  disown(mongod);
  await rm(stateFile(home), { force: true });
}

/** Ends what a dead owner left running in a folder. */
export async function endAbandoned(home: string): Promise<void> {
  const mongod = readProcessFile(stateFile(home), Mongod);
  if (mongod) await endMongod(mongod, home);
}

function tellToEnd(mongod: Mongod, home: string): void {
  process.kill(mongod.pid, 'SIGTERM');
  writeFileSync(stateFile(home), JSON.stringify({ ...mongod, isEnding: true }));
}

const owned = new Map<Mongod, string>();

/** From here on the mongod ends with this process, also where it exits without a chance to wait for that. */
function own(mongod: Mongod, home: string): void {
  if (owned.size === 0) process.on('exit', endOwned);
  owned.set(mongod, home);
}

function disown(mongod: Mongod): void {
  owned.delete(mongod);
  if (owned.size === 0) process.off('exit', endOwned);
}

function endOwned(): void {
  for (const [mongod, home] of owned) if (isAlive(mongod)) tellToEnd(mongod, home);
}

const stateFile = (home: string) => join(home, 'mongod.json');
const logFile = (home: string) => join(home, 'mongod.log');

async function spawnMongod(options: MongodOptions): Promise<Mongod> {
  const { binary, home } = options;
  const port = options.port ?? (await freePort());
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
    return await recorded(child, port, home);
  } finally {
    closeSync(log);
  }
}

/** Writes down at once which process it is: one that stands nowhere is lost if its owner is killed now. */
async function recorded(child: ChildProcess, port: number, home: string): Promise<Mongod> {
  try {
    const mark = child.pid === undefined ? undefined : markProcess(child.pid);
    const mongod = { pid: 0, startedAt: '', ...mark, port };
    own(mongod, home);
    writeFileSync(stateFile(home), JSON.stringify(mongod));
    await once(child, 'spawn');
    return mongod;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
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
    // A killed process leaves its transactions open, and others wait for what they wrote: ten seconds instead of sixty.
    ['--setParameter', 'transactionLifetimeLimitSeconds=10'],
    extraArgs,
  ].flat();
}

export async function freePort(): Promise<number> {
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
  while (isRunning(mongod.pid)) {
    if ((await listens(mongod.port)) && (await isPrimary(mongod, ephemeral))) return true;
    if (Date.now() > deadline) {
      throw new MongoUnavailableError(
        `MongoDB (process ${mongod.pid}) is running but not ready after ${START_BOUND / 1000} seconds: look into its mongod.log, end it, and start again.`,
      );
    }
    await sleep(POLL);
  }
  return false;
}

/** Cheaper to ask, and to ask often, than by a client. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function isPrimary(mongod: Mongod, ephemeral: boolean): Promise<boolean> {
  const client = new MongoClient(directUri(mongod), { serverSelectionTimeoutMS: 2000, maxPoolSize: 1 });
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    if (!hello['isWritablePrimary']) await configure(client, mongod, ephemeral);
    return hello['isWritablePrimary'] === true;
  } catch (error) {
    // It may be going down, or not yet be where it can answer; the caller finds out which.
    if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return false;
    if (error instanceof MongoServerError && NOT_YET.has(error.codeName)) return false;
    throw error;
  } finally {
    await client.close();
  }
}

/** Makes the replica set of one, or tells it the port of this start. */
async function configure(client: MongoClient, { port }: Mongod, ephemeral: boolean): Promise<void> {
  const host = `127.0.0.1:${port}`;
  const config = await client.db('local').collection('system.replset').findOne();
  if (!config) {
    // A throw-away folder outlives no crash, so nothing waits there for the disk.
    const fast = ephemeral ? { writeConcernMajorityJournalDefault: false } : {};
    await client.db('admin').command({ replSetInitiate: { _id: REPLICA_SET, ...fast, members: [{ _id: 0, host }] } });
  } else if (config['members'][0].host !== host) {
    const moved = { ...config, version: config['version'] + 1, members: [{ ...config['members'][0], host }] };
    await client.db('admin').command({ replSetReconfig: moved, force: true });
  }
}

async function untilEnded({ pid }: Mongod, bound: number): Promise<void> {
  const deadline = Date.now() + bound;
  while (isRunning(pid) && Date.now() < deadline) await sleep(POLL);
}

/** Why a mongod ended, as a sentence. */
export async function whyEnded(home: string): Promise<string> {
  const dataDir = dirname(home);
  if (!existsSync(logFile(home))) return `DATA_DIR (${dataDir}) was removed while MongoDB was using it: leave it in place, and start again.`;
  const log = await readFile(logFile(home), 'utf8');
  const known = ENDINGS.find(([pattern]) => pattern.test(log));
  if (known) return known[1](dataDir, home);
  // A full disk may have kept it from saying so.
  const disk = await statfs(home);
  if (disk.bavail * disk.bsize < LEAST_SPACE) return noSpace(dataDir);
  const line = log.split('\n').find((candidate) => /"s":"F"|"s":"E".*terminating|^[^{]/.test(candidate)) ?? 'nothing';
  const said = /"error":"([^"]+)"/.exec(line)?.[1] ?? /"msg":"([^"]+)"/.exec(line)?.[1] ?? line;
  return `Our MongoDB ended, saying "${said.slice(0, 200)}": look into ${logFile(home)} and start again, or set MONGODB_URI to another MongoDB.`;
}

const ENDINGS: readonly (readonly [RegExp, (dataDir: string, home: string) => string])[] = [
  [/No space left on device|"error_code":28\b/, noSpace],
  [/Permission denied|Read-only file system/, notWritable],
  [
    /DBPathInUse|Unable to lock the lock file/,
    (dataDir, home) => {
      const pid = readFileSync(join(home, 'db', 'mongod.lock'), 'utf8').trim();
      return `Another mongod (process ${pid}) is using the database in DATA_DIR (${dataDir}): stop it, or set DATA_DIR to another folder.`;
    },
  ],
  [
    /UPGRADE PROBLEM|Wrong mongod version|unsupported WiredTiger file version/,
    (dataDir) =>
      `The database in DATA_DIR (${dataDir}) was written by another version of MongoDB: set MONGOD_BINARY to a mongod that can read it, or DATA_DIR to another folder.`,
  ],
];
