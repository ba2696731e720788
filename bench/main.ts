import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { closedLoop, graphClient, type Load, percentile } from './client.ts';
import { type BenchShop, logIn, newAccount, openBenchShop } from './goods.ts';
import { cpuMeter, familyOf, listenerOf, residentMiBOf } from './processes.ts';
import { copiesOf } from './copies.ts';
import type { Work } from './floor/work.ts';
import { APP_NAME, type Recorded, recorder } from './record.ts';
import { rehearse } from './rehearsal.ts';
import { rush } from './rush.ts';
import { CART, HOME, ORDER_HISTORY, PRODUCT_PAGE, SEARCH } from './screens.ts';

/**
 * `npm run bench`: the storefront's screens and the whole checkout against a running shop, closed loop at 1 and 16
 * clients, and beside each a floor that sends the same MongoDB commands with the bare driver behind a plain HTTP server,
 * measured in the same run, in turn. Options: --url, --data-dir, --mongo, --prefix, --seconds, --only NAME.
 */
const option = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const url = option('url', 'http://127.0.0.1:4000');
const dataDir = option('data-dir', '.data');
const prefix = option('prefix', '');
const seconds = Number(option('seconds', '6'));
const only = option('only', '');
const CLIENTS = [1, 16];
/** So long nothing is written where nothing is done. */
const IDLE_MS = 4_000;
const IDLE_WITHIN_MS = 180_000;
const TAKES = 3;
const CART_LINES_EACH = 3;
const DEMO_PASSWORD = option('buyer-password', 'tradegraph-demo');

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

/** As many as press the button at the same time in the rush. */
const CONNECTIONS = 200;

const graph = graphClient(url, CONNECTIONS);
await graph.must('{ __typename }').catch(() => undefined);
if (
  !(await fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  fail(`No shop answers at ${url}: start it with "npm start", or name it with --url.`);

if ((await graph.post('{ __typename }', {})).extensions?.cost)
  fail('This shop counts what each caller spends, and would soon refuse whoever measures: start it with RATE_LIMIT_POINTS_PER_SECOND=0.');

const mongodFile = `${dataDir}/mongod/mongod.json`;
const mongoUri = option(
  'mongo',
  existsSync(mongodFile) ? `mongodb://127.0.0.1:${(JSON.parse(readFileSync(mongodFile, 'utf8')) as { port: number }).port}/?directConnection=true` : '',
);
if (!mongoUri) fail(`There is no ${mongodFile}: name the shop's MongoDB with --mongo, or its data folder with --data-dir.`);
const mongo = await MongoClient.connect(mongoUri, { appName: APP_NAME });
const mongod = Number((await mongo.db('admin').command({ serverStatus: 1 }))['pid']);
const gateway = listenerOf(Number(new URL(url).port || 80)) ?? fail(`The process that listens at ${url} cannot be seen from here.`);
const subgraphs = [4001, 4002, 4003, 4004, 4005].flatMap((port) => listenerOf(port) ?? []);
/** Whatever of the shop runs just now: what plans comes and goes. */
const shopPids = () => [...new Set([...familyOf(gateway), ...subgraphs])].filter((pid) => pid !== mongod);
const NAMES = ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox'].map((name) => `${prefix}${name}`);
await untilIdle();
const recording = await recorder(mongo, (database) => NAMES.includes(database));

const floor = fork(`${import.meta.dirname}/floor/main.ts`, [mongoUri], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const [{ port: floorPort }] = (await once(floor, 'message')) as [{ port: number }];
const floorPool = new Pool(`http://127.0.0.1:${floorPort}`, { connections: 32 });

/** What the shop does by itself, such as settling with merchants after a fill, would be recorded and measured with the rest. */
async function untilIdle(): Promise<void> {
  const written = async (): Promise<number> => {
    const { inserted, deleted } = (await mongo.db('admin').command({ serverStatus: 1 }))['metrics'].document;
    return Number(inserted) + Number(deleted);
  };
  const deadline = Date.now() + IDLE_WITHIN_MS;
  for (let before = await written(); ; ) {
    await sleep(IDLE_MS);
    const now = await written();
    if (now === before) return;
    if (Date.now() > deadline) fail('The shop is busy with other work: nothing can be measured beside it.');
    console.error('Waiting for the shop to finish what it is doing …');
    before = now;
  }
}

async function askFloor(path: string, body: string): Promise<void> {
  const response = await floorPool.request({ path, method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`the floor failed: ${text.slice(0, 500)}`);
}

interface Measured {
  readonly load: Load;
  readonly cpuMs: number;
}

async function measure(clients: number, pids: readonly number[], work: (client: number) => Promise<void>): Promise<Measured> {
  await closedLoop(clients, Math.min(2, seconds), work);
  const cpuSeconds = cpuMeter([...pids, mongod]);
  const load = await closedLoop(clients, seconds, work);
  return { load, cpuMs: (cpuSeconds() * 1000) / load.count };
}

const HEADINGS = ['', 'clients', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'commands', 'RSS MiB', '× floor'];
const rows: string[][] = [];
const print = (cells: string[]) => console.log(cells.map((cell, index) => (index === 0 ? cell.padEnd(28) : cell.padStart(11))).join(''));

function note(name: string, clients: number, { load, cpuMs }: Measured, commands: string, memory: string, ratio: string): void {
  const row = [
    name,
    String(clients),
    (load.count / load.seconds).toFixed(1),
    percentile(load, 0.5).toFixed(1),
    percentile(load, 0.99).toFixed(1),
    cpuMs.toFixed(2),
    commands,
    memory,
    ratio,
  ];
  rows.push(row);
  print(row);
}

/** Shop and floor in turn, at each number of clients. */
async function compare(name: string, work: Work, shop: (client: number) => Promise<void>): Promise<void> {
  await askFloor('/work', EJSON.stringify(work, { relaxed: false }));
  const bodies = work.steps.map(() => JSON.stringify({ query: name }));
  const commands = String(work.steps.flat().length);
  for (const clients of CLIENTS) {
    const ofShop = await measure(clients, shopPids(), shop);
    const ofFloor = await measure(clients, [floor.pid ?? 0], async (client) => {
      for (const [step, body] of bodies.entries()) await askFloor(`/run?client=${client}&step=${step}`, body);
    });
    note(name, clients, ofShop, commands, residentMiBOf(shopPids()).toFixed(0), (ofShop.cpuMs / ofFloor.cpuMs).toFixed(2));
    note('  floor', clients, ofFloor, commands, residentMiBOf([floor.pid ?? 0]).toFixed(0), '1');
  }
}

async function compareScreen(name: string, query: string, variables: object, token?: string): Promise<void> {
  if (only && !name.includes(only)) return;
  const ask = async () => {
    const { data, errors } = await graph.post(query, variables, token);
    if (errors?.length || !data) throw new Error(`${name}: ${errors?.map(({ message }) => message).join('; ') ?? 'no data'}`);
  };
  await ask();
  // The shortest: whatever happened to run beside it is in the longer ones.
  const takes: Recorded[][] = [];
  for (let take = 0; take < TAKES; take++) takes.push(await recording.record(ask, 100));
  const [shortest = []] = takes.sort((a, b) => a.length - b.length);
  await compare(name, { steps: [shortest], substitutions: [{}], lasting: [], isWriting: false, prefix: '' }, ask);
}

const PURCHASE = 'whole checkout';

async function comparePurchase(shop: BenchShop): Promise<void> {
  if (only && !PURCHASE.includes(only)) return;
  const rehearsal = await rehearse(graph, mongo, NAMES, shop, recording, Math.max(...CLIENTS));
  const copies = await copiesOf(mongo, NAMES);
  try {
    await compare(PURCHASE, { ...rehearsal, isWriting: true, prefix: copies.prefix }, rehearsal.buy);
  } finally {
    await copies.drop();
  }
}

print(HEADINGS);
const { nodes } = await graph.must('{ products(first: 50, sort: BEST_SELLING) { nodes { id title ratingSummary { count } } } }');
const [popular] = [...nodes].sort((a: any, b: any) => (b.ratingSummary?.count ?? 0) - (a.ratingSummary?.count ?? 0));
if (!popular) fail('The shop has no products: let "npm start" fill it, or run "npm run seed".');
const demoBuyer = await logIn(graph, 'buyer1@example.test', DEMO_PASSWORD);
const staff = await logIn(graph, option('staff', 'staff@example.test'), option('staff-password', 'tradegraph-staff'));
const benchShop = await openBenchShop(graph, staff);
const variants = benchShop.merchants.flatMap(({ variantIds }) => variantIds.slice(0, CART_LINES_EACH));
const cartBuyer = await newAccount(graph);
await graph.must(
  'mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { id } userErrors { code message } } }',
  { input: { lines: variants.map((variantId) => ({ variantId, quantity: 1 })), idempotencyKey: `bench-cart-${Date.now()}-0000` } },
  cartBuyer.token,
);

await compareScreen(HOME.name, HOME.query, {});
await compareScreen(PRODUCT_PAGE.name, PRODUCT_PAGE.query, { id: popular.id });
await compareScreen(SEARCH.name, SEARCH.query, { query: String(popular.title).split(' ').at(-1) });
await compareScreen(CART.name, CART.query, {}, cartBuyer.token);
await compareScreen(ORDER_HISTORY.name, ORDER_HISTORY.query, {}, demoBuyer.token);
await comparePurchase(benchShop);
if (!only || 'rush'.includes(only)) {
  const { buyers, placed, refused, seconds: settled } = await rush(graph, benchShop);
  console.log(`\nrush: ${buyers} guests check out at once; ${placed} orders, ${refused} told that nothing is left, the last after ${settled.toFixed(2)} s`);
}

console.log(
  '\nCPU: all processes of the shop (or the floor) and mongod, per request; the load generator aside. Ratios compare CPU. Memory that processes share counts once.',
);
floor.disconnect();
await floorPool.close();
await graph.close();
await mongo.close();
