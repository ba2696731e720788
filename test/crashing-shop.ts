import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { inject } from 'vitest';
import { until } from './actors.ts';
import { freePort, post, type TestGraph, withDatabases } from './graph.ts';

/** The whole shop as a process of its own, which a test may kill and start again over the same databases. */
async function spawnShop(settings: Record<string, string>, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['gateway/main.ts'], {
    env: { ...process.env, ...settings, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the shop ended with ${child.exitCode}`);
    return fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, 30_000);
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
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>;
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
  };
  let child: ChildProcess | null = null;
  const graph = { url, databasePrefix, query: (query: string, variables = {}, ask = {}) => post(url, query, variables, ask) } as TestGraph;
  return {
    graph,
    start: async (extra = {}) => {
      child = await spawnShop({ ...settings, ...extra }, port);
    },
    kill: async () => {
      if (child) await kill(child);
    },
    ended: async () => {
      if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
    [Symbol.asyncDispose]: async () => {
      if (child) await kill(child);
      await withDatabases(databasePrefix, async (database) => {
        for (const part of ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox']) await database(part).dropDatabase();
      });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
