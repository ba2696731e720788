import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { askGateway } from '../../gateway/server/running-gateway.fixture.ts';
import { serveAll, type Served, SHOP } from '../../gateway/server/four-subgraphs.fixture.ts';
import { MISBEHAVIOURS } from './misbehaviour.ts';
import { faultsOf } from './verdicts.ts';

export interface FuzzReport {
  readonly answers: number;
  /** Answers of which some part was missing. */
  readonly partial: number;
  readonly abandoned: number;
  readonly misbehaved: Readonly<Record<string, number>>;
  /** What was wrong, each with the seed and the operation. Empty when all is well. */
  readonly faults: readonly string[];
  /** Of the gateway, after each tenth of the time. */
  readonly megabytes: readonly number[];
  readonly exitCode: number | null;
  readonly log: string;
}

interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly clients?: number;
  readonly say?: (line: string) => void;
}

const OPERATIONS = [
  '{ me { name reviews { body product { name inStock shippingEstimate } } } }',
  '{ topProducts(first: 3) { upc name reviews { body author { name email } } } }',
  '{ users { id name email reviews { id body author { id name } product { upc price } } } latestReview { body } }',
  '{ latestReview { author { reviews { product { reviews { author { name } } } } } } topProducts { inStock } }',
  'query ($first: Int) { topProducts(first: $first) { ...P } } fragment P on Product { a: name b: shippingEstimate reviews { ...R } } fragment R on Review { __typename body author { __typename name } }',
  '{ a: me { name } b: me { email reviews { id } } c: topProducts(first: 1) { weight inStock } }',
  'query ($on: Boolean = false) { me { id name @include(if: $on) reviews @skip(if: $on) { body } } users { name } }',
  'mutation { one: rename(name: "One") { name reviews { body } } two: rename(name: "Two") { name } }',
];
const CONFIG = { defaults: { timeoutMs: 500, maxResponseBytes: 200_000 }, requestTimeoutMs: 2_000, reloadMs: 0, logLevel: 'warn' };
const MISBEHAVING_PERCENT = 15;
const ABANDONED_PERCENT = 5;

/** Same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A gateway in a process of its own, before subgraphs that misbehave at random, asked by several clients at once. */
export async function fuzz({ seconds, seed, clients = 12, say = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const inner = Object.fromEntries(Object.entries(SHOP).map(([name, definition]) => [`inner-${name}`, definition]));
  await using served = await serveAll(inner);
  const folder = await mkdtemp(`${tmpdir()}/fuzz-`);
  await writeFile(`${folder}/supergraph.graphql`, served.supergraphSdl);
  await writeFile(`${folder}/gateway.json`, JSON.stringify(CONFIG));
  const gateway = await startGateway(folder);
  try {
    const healthy = await Promise.all(OPERATIONS.map((query) => healthyAnswer(gateway.url, query)));
    const tally = misbehaving(served, randomNumbers(seed));
    const found = { answers: 0, partial: 0, abandoned: 0, faults: [] as string[], megabytes: [] as number[] };
    const endsAt = Date.now() + seconds * 1000;
    const client = async (number: number) => {
      const pick = randomNumbers(seed * 1000 + number);
      while (Date.now() < endsAt && found.faults.length < 20) {
        const index = pick(OPERATIONS.length);
        const query = OPERATIONS[index] ?? '';
        const signal = pick(100) < ABANDONED_PERCENT ? AbortSignal.timeout(1 + pick(200)) : undefined;
        const answer = await ask(gateway.url, query, signal);
        if (answer === null) {
          found.abandoned += 1;
          continue;
        }
        found.answers += 1;
        if (answer.text.includes('"errors"')) found.partial += 1;
        found.faults.push(...faultsOf(answer.status, answer.text, healthy[index]).map((fault) => `${fault}\n    ${query}\n    ${answer.text.slice(0, 800)}`));
      }
    };
    const sampling = sample(gateway.process, seconds, found.megabytes, () =>
      say(`${found.answers} answers, ${found.partial} partial, ${found.faults.length} faults, ${found.megabytes.at(-1)} MB`),
    );
    await Promise.all([...Array.from({ length: clients }, (_, number) => client(number)), sampling]);
    for (const server of Object.values(served.servers)) server.misbehave = null;
    for (const [index, query] of OPERATIONS.entries()) {
      const data = await healthyAnswer(gateway.url, query);
      if (JSON.stringify(data) !== JSON.stringify(healthy[index])) found.faults.push(`afterwards: ${JSON.stringify(data)}\n    ${query}`);
    }
    return { ...found, misbehaved: tally, exitCode: await gateway.stop(), log: gateway.log() };
  } finally {
    gateway.process.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

/** What subgraphs answer while they behave; at first a busy machine may take its time. */
async function healthyAnswer(url: string, query: string): Promise<unknown> {
  for (let tries = 0; tries < 50; tries++) {
    const { data, errors } = await askGateway(url, query, { variables: { first: 2 } });
    if (!errors) return data;
  }
  throw new Error('healthy subgraphs give no healthy answers');
}

/** Null where the client gave up first. */
async function ask(url: string, query: string, signal: AbortSignal | undefined): Promise<{ status: number; text: string } | null> {
  try {
    return await askGateway(url, query, { variables: { first: 2 }, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) return null;
    return { status: 0, text: `no answer: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error)}` };
  }
}

function misbehaving({ servers }: Served, pick: (below: number) => number): Record<string, number> {
  const tally: Record<string, number> = {};
  const ways = Object.entries(MISBEHAVIOURS);
  for (const server of Object.values(servers)) {
    server.misbehave = async (response, honest) => {
      server.calls.length = 0;
      response.on('error', () => {});
      const [name, misbehave] = ways[pick(ways.length)] ?? [];
      if (!misbehave || pick(100) >= MISBEHAVING_PERCENT) return response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
      tally[name ?? ''] = (tally[name ?? ''] ?? 0) + 1;
      return misbehave(response, honest, pick);
    };
  }
  return tally;
}

async function sample(gateway: ChildProcess, seconds: number, megabytes: number[], told: () => void): Promise<void> {
  for (let taken = 0; taken < 10; taken++) {
    await pause(seconds * 100);
    const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8').catch(() => '');
    megabytes.push(Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024));
    told();
  }
}

async function startGateway(folder: string) {
  const port = await freePort();
  const args = ['--max-semi-space-size=16', `${import.meta.dirname}/../../gateway/server/main.ts`, '--supergraph', `${folder}/supergraph.graphql`];
  const child = spawn(process.execPath, [...args, '--config', `${folder}/gateway.json`, '--port', String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString('utf8')).slice(-200_000)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries++) {
    if (
      await fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { url, process: child, log: () => log, stop: () => stopped(child, exited) };
    await pause(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the gateway did not start: ${log}`);
}

function stopped(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM');
  return exited;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
