import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { inject } from 'vitest';
import { until } from './actors.ts';
import { freePort, post, type TestGraph, withDatabases } from './graph.ts';

/** Several start at once, also on a busy machine. */
const READY_WITHIN_MS = 90_000;

/** The whole shop as a process of its own, which a test may kill and start again over the same databases. */
async function spawnShop(settings: Record<string, string>, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['gateway/main.ts'], {
    env: { ...process.env, RATE_LIMIT_POINTS_PER_SECOND: '0', ...settings, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await until(async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the shop ended with ${child.exitCode ?? child.signalCode}`);
      return fetch(`http://127.0.0.1:${port}/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    }, READY_WITHIN_MS);
  } catch (error) {
    await kill(child);
    throw error;
  }
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

export interface CrashingShop extends AsyncDisposable {
  readonly graph: TestGraph;
  start(extra?: Record<string, string>): Promise<void>;
  kill(): Promise<void>;
  /** A second process over the same databases; it is on its own, and ends by itself or with the shop. */
  beside(extra: Record<string, string>): Promise<DoomedShop>;
}

export interface DoomedShop {
  readonly url: string;
  /** Resolves when the process has ended by itself, with the signal that ended it. */
  ended(): Promise<NodeJS.Signals | null>;
}

export async function crashingShop(name: string): Promise<CrashingShop> {
  const databasePrefix = `k${name}${Date.now().toString(36)}-`;
  const dataDir = await mkdtemp(`${tmpdir()}/tradegraph-crash-`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    MONGODB_URI: inject('mongoUri'),
    DATABASE_PREFIX: databasePrefix,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    BCRYPT_COST: '4',
    SEED: 'never',
    SWEEP_AFTER_SECONDS: '2',
    JOBS_POLL_SECONDS: '0.2',
    // It starts often, and each time the same code.
    NODE_COMPILE_CACHE: `${tmpdir()}/tradegraph-test-compiled`,
  };
  let child: ChildProcess | null = null;
  const others: ChildProcess[] = [];
  const graph = { url, databasePrefix, query: (query: string, variables = {}, ask = {}) => post(url, query, variables, ask) } as TestGraph;
  return {
    graph,
    start: async (extra = {}) => {
      child = await spawnShop({ ...settings, ...extra }, port);
    },
    kill: async () => {
      if (child) await kill(child);
    },
    beside: async (extra) => {
      const otherPort = await freePort();
      const other = await spawnShop({ ...settings, ...extra }, otherPort);
      others.push(other);
      return {
        url: `http://127.0.0.1:${otherPort}`,
        ended: async () => {
          if (other.exitCode === null && other.signalCode === null) await once(other, 'exit');
          return other.signalCode;
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...(child ? [child] : []), ...others].map(kill));
      await withDatabases(databasePrefix, async (database) => {
        for (const part of ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox']) await database(part).dropDatabase();
      });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
