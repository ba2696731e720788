import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { closedLoop, graphClient, type Load, percentile } from './client.ts';
import { type Account, type BenchShop, logIn, newAccount, openBenchShop } from './goods.ts';
import { cpuSecondsOf, familyOf, listenerOf, residentMiBOf } from './processes.ts';
import { purchaseSteps, type Step } from './purchase.ts';
import { APP_NAME, type Recorded, recorder } from './record.ts';
import { tokensOf } from './replay.ts';
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
const CART_LINES_EACH = 3;
const DEMO_PASSWORD = option('buyer-password', 'tradegraph-demo');

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

const graph = graphClient(url, 32);
await graph.must('{ __typename }').catch(() => undefined);
if (
  !(await fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  fail(`No shop answers at ${url}: start it with "npm start", or name it with --url.`);

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
const shopPids = [...new Set([...familyOf(gateway), ...subgraphs])].filter((pid) => pid !== mongod);
const NAMES = ['user', 'product', 'cart', 'order-payment', 'review', 'sandbox'].map((name) => `${prefix}${name}`);
const recording = await recorder(mongo, (database) => NAMES.includes(database));

const floor = fork(`${import.meta.dirname}/floor/main.ts`, [mongoUri], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const [{ port: floorPort }] = (await once(floor, 'message')) as [{ port: number }];
const floorPool = new Pool(`http://127.0.0.1:${floorPort}`, { connections: 32 });

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
  const before = cpuSecondsOf([...pids, mongod]);
  const load = await closedLoop(clients, seconds, work);
  return { load, cpuMs: ((cpuSecondsOf([...pids, mongod]) - before) * 1000) / load.count };
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
async function compare(
  name: string,
  recorded: readonly (readonly (readonly Recorded[])[])[],
  lasting: readonly string[],
  isWriting: boolean,
  shop: (client: number) => Promise<void>,
): Promise<void> {
  await askFloor('/work', EJSON.stringify({ lasting, clients: recorded, isWriting }, { relaxed: false }));
  const steps = recorded[0] ?? [];
  const bodies = steps.map(() => JSON.stringify({ query: name }));
  const commands = steps.flat().length;
  let ofFloor: Measured | null = null;
  for (const clients of CLIENTS) {
    const ofShop = await measure(clients, shopPids, shop);
    // Purchases replayed at once meet in what was recorded apart: the shop at 16 is held against the floor at 1.
    const isReplayed = !isWriting || ofFloor === null;
    if (isReplayed) {
      ofFloor = await measure(clients, [floor.pid ?? 0], async (client) => {
        for (const [step, body] of bodies.entries()) await askFloor(`/run?client=${client}&step=${step}`, body);
      });
    }
    const ratio = ofFloor ? (ofShop.cpuMs / ofFloor.cpuMs).toFixed(2) : '';
    note(name, clients, ofShop, String(commands), residentMiBOf(shopPids).toFixed(0), ratio);
    if (ofFloor && isReplayed) note('  floor', clients, ofFloor, String(commands), residentMiBOf([floor.pid ?? 0]).toFixed(0), '1');
  }
}

async function compareScreen(name: string, query: string, variables: object, token?: string): Promise<void> {
  if (only && !name.includes(only)) return;
  const ask = async () => {
    const { data, errors } = await graph.post(query, variables, token);
    if (errors?.length || !data) throw new Error(`${name}: ${errors?.map(({ message }) => message).join('; ') ?? 'no data'}`);
  };
  await ask();
  await compare(name, [[await recording.record(ask, 100)]], [], false, ask);
}

const PURCHASE = 'whole checkout';

async function comparePurchase(shop: BenchShop): Promise<void> {
  if (only && !PURCHASE.includes(only)) return;
  const buyers: Account[] = [];
  for (let index = 0; index < Math.max(...CLIENTS); index++) buyers.push(await newAccount(graph));
  let turn = 0;
  const stepsOf = buyers.map((buyer, index) => purchaseSteps(graph, buyer, shop, () => index + turn++));
  const buy = async (steps: readonly Step[]) => {
    const state = {};
    for (const step of steps) await step(state);
  };
  const lasting = tokensOf(JSON.stringify([shop, buyers]));
  const recorded: Recorded[][][] = [];
  for (const steps of stepsOf) {
    await buy(steps);
    const state = {};
    const ofClient: Recorded[][] = [];
    for (const [index, step] of steps.entries()) ofClient.push(await recording.record(() => step(state), index === steps.length - 1 ? 700 : 60));
    recorded.push(ofClient);
  }
  const users = await Promise.all(buyers.map(({ token }) => graph.must('{ me { id } }', {}, token)));
  const standing = await mongo
    .db(NAMES[1])
    .collection('product-variant')
    .find({ merchantId: { $in: shop.merchants.map(({ id }) => id) } }, { projection: { productId: 1 } })
    .toArray();
  const locations = await mongo
    .db(NAMES[1])
    .collection('location')
    .find({ merchantId: { $in: shop.merchants.map(({ id }) => id) } }, { projection: { _id: 1 } })
    .toArray();
  const leases = await Promise.all(NAMES.map((name) => mongo.db(name).collection('leases').find().toArray()));
  const rates = await mongo
    .db(NAMES[2])
    .collection('shipping-rate')
    .find({ merchantId: { $in: shop.merchants.map(({ id }) => id) } }, { projection: { _id: 1 } })
    .toArray();
  await compare(PURCHASE, recorded, [...lasting, ...tokensOf(JSON.stringify([users, standing, locations, rates, leases]))], true, (client) =>
    buy(stepsOf[client % stepsOf.length] ?? []),
  );
}

print(HEADINGS);
const { nodes } = await graph.must('{ products(first: 50) { nodes { id title ratingSummary { count } } } }');
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

console.log('\nCPU: all processes of the shop (or the floor) and mongod, per request; the load generator aside. Ratios compare CPU.');
floor.disconnect();
await floorPool.close();
await graph.close();
await mongo.close();
