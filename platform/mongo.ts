import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findMongod } from './mongod-binary.ts';
import { checkForeignMongo } from './mongod-foreign.ts';
import { isRunning, lockIsStale, takeLock } from './mongod-lock.ts';
import { adoptMongod, endAbandoned, endMongod, type Mongod, mongodUri, startMongod, stopMongod, whyEnded } from './mongod-process.ts';
import { folderError, MongoUnavailableError } from './mongod-unavailable.ts';

export { MongoUnavailableError } from './mongod-unavailable.ts';

export interface MongoOptions {
  /** A MongoDB that runs already. It is checked and used as it is; nothing below matters then. */
  readonly uri?: string | undefined;
  /** The mongod to run, instead of the one on PATH or the fetched one. */
  readonly binary?: string | undefined;
  /** Our mongod lives in `mongod` below it, with its database, its log, its pid and its port. */
  readonly dataDir: string;
  /** For tests: a throw-away database in a new folder below `dataDir`, removed by `stop`. */
  readonly ephemeral?: boolean;
  /** Where a fetched mongod is kept for every copy of this user; the system's place for caches by default. */
  readonly cacheDir?: string | undefined;
  /** Told to a waiting person. */
  readonly say?: (line: string) => void;
  readonly cacheSizeGB?: number;
  readonly extraArgs?: readonly string[];
  /** For tests: where it shall listen, so that it is found again after a crash; on a free port by default. */
  readonly port?: number;
}

export interface RunningMongo {
  readonly uri: string;
  /** Whether `stop` stops it. */
  readonly owned: boolean;
  readonly pid?: number;
  /** Settles only when a mongod of our own ends without having been stopped. */
  readonly lost: Promise<MongoUnavailableError>;
  stop(): Promise<void>;
}

const SMALLEST_CACHE_GB = 0.25;
const WATCH_INTERVAL = 1000;
const EPHEMERAL = 'ephemeral-';

/** Gives a MongoDB that takes transactions: the one named by `uri`, or one of our own. Throws MongoUnavailableError. */
export async function openMongo(options: MongoOptions): Promise<RunningMongo> {
  if (options.uri) {
    await checkForeignMongo(options.uri);
    return { uri: options.uri, owned: false, lost: new Promise(() => {}), stop: async () => {} };
  }
  const dataDir = resolve(options.dataDir);
  try {
    await mkdir(dataDir, { recursive: true });
    return await (options.ephemeral ? openEphemeral(dataDir, options) : openPersistent(dataDir, options));
  } catch (error) {
    throw folderError(error, dataDir);
  }
}

async function openPersistent(dataDir: string, options: MongoOptions): Promise<RunningMongo> {
  const say = options.say ?? (() => {});
  const releaseLock = await takeLock(join(dataDir, 'shop.lock'), dataDir);
  const home = join(dataDir, 'mongod');
  try {
    const adopted = await adoptMongod(home);
    if (adopted) say(`MongoDB is still running from an earlier start (process ${adopted.pid}).`);
    const mongod = adopted ?? (await start(home, options));
    return running(mongod, home, async () => {
      await stopMongod(mongod, home);
      releaseLock();
    });
  } catch (error) {
    releaseLock();
    throw error;
  }
}

async function openEphemeral(dataDir: string, options: MongoOptions): Promise<RunningMongo> {
  await removeAbandoned(dataDir);
  const folder = await mkdtemp(join(dataDir, EPHEMERAL));
  const home = join(folder, 'mongod');
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await takeLock(join(folder, 'shop.lock'), folder);
    const mongod = await start(home, options);
    return running(mongod, home, async () => {
      await endMongod(mongod, home);
      await remove();
    });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Throw-away databases whose owner was killed before it could remove them. */
async function removeAbandoned(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const folder = join(dataDir, name);
    if (!name.startsWith(EPHEMERAL) || !lockIsStale(join(folder, 'shop.lock'))) continue;
    await endAbandoned(join(folder, 'mongod'));
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function start(home: string, options: MongoOptions): Promise<Mongod> {
  const { ephemeral = false, say = () => {}, extraArgs = [], port } = options;
  const binary = await findMongod({ ...options, say });
  say('Starting MongoDB…');
  return startMongod({ binary, home, ephemeral, cacheSizeGB: options.cacheSizeGB ?? (ephemeral ? SMALLEST_CACHE_GB : 0.5), extraArgs, port });
}

function running(mongod: Mongod, home: string, end: () => Promise<void>): RunningMongo {
  const { promise: lost, resolve: tell } = Promise.withResolvers<MongoUnavailableError>();
  const watch = setInterval(async () => {
    if (isRunning(mongod.pid)) return;
    clearInterval(watch);
    tell(new MongoUnavailableError(await whyEnded(home)));
  }, WATCH_INTERVAL).unref();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    clearInterval(watch);
    stopped ??= end();
    return stopped;
  };
  return { uri: mongodUri(mongod), owned: true, pid: mongod.pid, lost, stop };
}
