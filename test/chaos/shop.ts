import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { openMongo, type RunningMongo } from '#platform/mongo.ts';
import { shopServices, startService } from '../../scripts/services.ts';
import { freePort } from '../graph.ts';

/** How the shop's own connections to MongoDB are known, so that fail points do not hit those of the run itself. */
const SHOP = 'tradegraph';
const READY_WITHIN_MS = 120_000;
const BACK_WITHIN_MS = 20_000;
const AGAIN_MS = 500;
const MISSED_FOR_MS = 15_000;

export const PARTS = ['gateway', 'user', 'product', 'cart', 'order-payment', 'review'] as const;
export type Part = (typeof PARTS)[number];

/** Six processes and a mongod, each of which may be killed and comes back as it would under a supervisor. */
export interface FragileShop {
  readonly url: string;
  readonly mongo: MongoClient;
  readonly mongoUri: string;
  /** Ends it at once, and starts it again after a while; resolves when it is ready, if that is soon. */
  killPart(part: Part, awayMs: number): Promise<void>;
  /** It stands still, as under a debugger or on a host that swaps, and then goes on. */
  freezePart(part: Part, ms: number): Promise<void>;
  killMongo(awayMs: number): Promise<void>;
  /** A fail point of mongod that hits the shop alone. */
  failPoint(name: string, mode: unknown, data?: object): Promise<void>;
  /** Processes that ended although nobody killed them, and why that should not be. */
  readonly endedByThemselves: string[];
  untilReady(): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly dir: string;
  readonly notifyUrl: string;
  readonly settings: Readonly<Record<string, string>>;
}

export async function openFragileShop({ dir, notifyUrl, settings }: Options): Promise<FragileShop> {
  const mongoPort = await freePort();
  const openMongod = () =>
    openMongo({ dataDir: dir, port: mongoPort, binary: process.env['MONGOD_BINARY'], extraArgs: ['--setParameter', 'enableTestCommands=1'] });
  let mongod: RunningMongo | null = await openMongod();
  /** Until when a process may have looked for it in vain; those who did end over it a little later. */
  let mongoMissedUntil = 0;
  const mongoUri = mongod.uri;
  const control = await MongoClient.connect(mongoUri, { serverSelectionTimeoutMS: 60_000 });
  const ports = Object.fromEntries(await Promise.all(PARTS.map(async (part) => [part, await freePort()] as const)));
  const urlOf = (part: Part) => `http://127.0.0.1:${ports[part]}`;
  const services = new Map(
    shopServices(ports, {
      MONGODB_URI: `${mongoUri}&appName=${SHOP}`,
      DATA_DIR: dir,
      PSP_NOTIFY_BASE_URL: notifyUrl,
      PUBLIC_URL: urlOf('gateway'),
      ...settings,
    }).map((service) => [service.name, service] as const),
  );
  const logs = `${dir}/logs`;
  mkdirSync(logs, { recursive: true });
  const children = new Map<Part, ChildProcess>();
  const wanted = new Set<ChildProcess>();
  const endedByThemselves: string[] = [];
  let isClosing = false;

  function start(part: Part): void {
    if (isClosing) return;
    const child = startService(services.get(part)!, (line) => appendFileSync(`${logs}/${part}.log`, `${line}\n`));
    children.set(part, child);
    wanted.add(child);
    child.once('exit', (code, signal) => {
      if (!wanted.has(child) || isClosing) return;
      // A start without a database ends with a sentence, and is tried again, as any supervisor does.
      if (Date.now() > mongoMissedUntil) endedByThemselves.push(`${part} with ${code ?? signal}`);
      setTimeout(() => start(part), AGAIN_MS).unref();
    });
  }

  async function end(part: Part): Promise<void> {
    const child = children.get(part);
    if (!child) return;
    wanted.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async function isReadyWithin(part: Part, ms: number): Promise<boolean> {
    for (const deadline = Date.now() + ms; Date.now() < deadline && !isClosing; await sleep(50)) {
      const isReady = await fetch(`${urlOf(part)}/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return true;
    }
    return isClosing;
  }

  for (const part of PARTS) start(part);
  const shop: FragileShop = {
    url: urlOf('gateway'),
    mongo: control,
    mongoUri,
    endedByThemselves,
    killPart: async (part, awayMs) => {
      await end(part);
      await sleep(awayMs);
      start(part);
      // While other faults strike it may take its time; in the end all have to be ready.
      await isReadyWithin(part, BACK_WITHIN_MS);
    },
    freezePart: async (part, ms) => {
      const child = children.get(part);
      child?.kill('SIGSTOP');
      await sleep(ms);
      child?.kill('SIGCONT');
    },
    killMongo: async (awayMs) => {
      mongoMissedUntil = Number.POSITIVE_INFINITY;
      if (mongod?.pid) process.kill(mongod.pid, 'SIGKILL');
      await mongod?.stop();
      await sleep(awayMs);
      mongod = isClosing ? null : await openMongod();
      mongoMissedUntil = Date.now() + MISSED_FOR_MS;
    },
    failPoint: async (name, mode, data) => {
      await control
        .db('admin')
        .command({ configureFailPoint: name, mode, ...(data && { data: { ...data, ...(name === 'failCommand' && { appName: SHOP }) } }) });
    },
    untilReady: async () => {
      const ready = await Promise.all(PARTS.map((part) => isReadyWithin(part, READY_WITHIN_MS)));
      const missing = PARTS.filter((_, index) => !ready[index]);
      if (missing.length > 0) throw new Error(`not ready within ${READY_WITHIN_MS / 1000} s: ${missing.join(', ')}`);
    },
    close: async () => {
      isClosing = true;
      for (const child of children.values()) child.kill('SIGCONT');
      await Promise.all(PARTS.map(end));
      await control.close();
      await mongod?.stop();
    },
  };
  try {
    await shop.untilReady();
    return shop;
  } catch (error) {
    await shop.close();
    throw error;
  }
}
