import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process of the shop, and how to see whether it is ready. */
interface Service {
  readonly name: string;
  readonly script: string;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunningServices {
  readonly processes: ReadonlyMap<string, ChildProcess>;
  /** SIGTERM to all, the gateway first, and waits until they are gone. */
  close(): Promise<void>;
}

const root = `${import.meta.dirname}/..`;
const READY_WITHIN_MS = 30_000;
const CLOSE_WITHIN_MS = 15_000;

/** The gateway and five subgraphs, as six processes on loopback. */
export function shopServices(ports: Readonly<Record<string, number>>, shared: Readonly<Record<string, string>>): Service[] {
  const urlOf = (name: string) => `http://127.0.0.1:${ports[name]}`;
  const urls = {
    USER_URL: urlOf('user'),
    PRODUCT_URL: urlOf('product'),
    CART_URL: urlOf('cart'),
    ORDER_PAYMENT_URL: urlOf('order-payment'),
    REVIEW_URL: urlOf('review'),
    PORT: String(ports['gateway']),
  };
  const environment = { ...shared, ...urls, TOPOLOGY: 'services' };
  const subgraphs = ['user', 'product', 'cart', 'order-payment', 'review'].map((name) => ({
    name,
    script: 'subgraphs/main.ts',
    url: urlOf(name),
    environment: { ...environment, SUBGRAPH: name },
  }));
  return [...subgraphs, { name: 'gateway', script: 'gateway/main.ts', url: urlOf('gateway'), environment }];
}

export const startService = ({ script, environment }: Service, onLine?: (line: string) => void): ChildProcess => {
  const child = spawn(process.execPath, [script], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'],
  });
  if (onLine && child.stdout) readLines(child.stdout, onLine);
  return child;
};

/** Starts all, and waits until each is ready; a process that ends instead ends the start. */
export async function startServices(services: readonly Service[], onLine?: (line: string) => void): Promise<RunningServices> {
  const processes = new Map(services.map((service) => [service.name, startService(service, onLine)] as const));
  const close = async () => {
    const gateway = processes.get('gateway');
    if (gateway) await stop(gateway);
    await Promise.all([...processes.values()].map(stop));
  };
  try {
    await Promise.all(services.map((service) => untilReady(service, () => processes.get(service.name)?.exitCode ?? null)));
  } catch (error) {
    await close();
    throw error;
  }
  return { processes, close };
}

async function untilReady({ name, url }: Service, exitCode: () => number | null): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (exitCode() !== null) throw new Error(`${name} ended with code ${exitCode()} before it was ready`);
    const isReady = await fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await sleep(50);
  }
  throw new Error(`${name} was not ready within ${READY_WITHIN_MS / 1000} s`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
