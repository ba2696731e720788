import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type RunningServices, shopServices, startService, startServices } from '../scripts/services.ts';
import {
  type Actor,
  addCategory,
  addToCart,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  type Goods,
  openShop,
  publish,
  type Seller,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import { booksOf } from './books.ts';
import { type Answered, freePort, post, type TestGraph, withDatabases } from './graph.ts';

const NAMES = ['gateway', 'user', 'product', 'cart', 'order-payment', 'review'];
const databasePrefix = `o${Date.now().toString(36)}-`;

let running: RunningServices;
let services: ReturnType<typeof shopServices>;
let dataDir: string;
let graph: Pick<TestGraph, 'query' | 'databasePrefix'> & { url: string };
let seller: Seller;
let buyer: Actor;
let goods: Goods;

beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/tradegraph-outage-`);
  const ports = Object.fromEntries(await Promise.all(NAMES.map(async (name) => [name, await freePort()] as const)));
  const settings = {
    MONGODB_URI: inject('mongoUri'),
    DATABASE_PREFIX: databasePrefix,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    BCRYPT_COST: '4',
    JOBS_POLL_SECONDS: '0.2',
    SWEEP_AFTER_SECONDS: '1',
  };
  services = shopServices(ports, settings);
  running = await startServices(services);
  const url = `http://127.0.0.1:${ports['gateway']}`;
  graph = { url, databasePrefix, query: (query, variables = {}, ask = {}) => post(url, query, variables, ask) };
  const staff = await staffMember(graph as TestGraph);
  seller = await openShop(graph as TestGraph, staff, 'outage');
  goods = await publish(seller, await addCategory(staff));
  buyer = await signUp(graph as TestGraph, 'buyer');
});

afterAll(async () => {
  await running.close();
  await withDatabases(databasePrefix, async (database) => {
    for (const part of [...NAMES.slice(1), 'sandbox']) await database(part).dropDatabase();
  });
  await rm(dataDir, { recursive: true, force: true });
});

/** Kills one process as a crash would, runs the body, and starts it again; the others stay as they are. */
async function without(name: string, body: () => Promise<void>): Promise<void> {
  const child = running.processes.get(name);
  const service = services.find((candidate) => candidate.name === name);
  if (!child || !service) throw new Error(`there is no ${name}`);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  try {
    await body();
  } finally {
    (running.processes as Map<string, typeof child>).set(name, startService(service));
    await until(
      () =>
        fetch(`${service.url}/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      20_000,
    );
  }
}

const PAGE = `query ($id: ID!) { product(id: $id) { title merchant { name } variants { nodes { sku price { amount } } } ratingSummary { count } reviews { nodes { rating } } } }`;
const page = () => graph.query(PAGE, { id: goods.productId });

/** Coded, with a sentence for people, and without a word about the inside of the house. */
function expectOutage({ errors = [] }: Answered): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const { message, extensions } of errors) {
    expect([extensions['code'], message]).toEqual(['SERVICE_UNAVAILABLE', 'A part of the shop does not answer at the moment; please retry.']);
    expect(Object.keys(extensions).filter((key) => !['code', 'requestId', 'retryable'].includes(key))).toEqual([]);
  }
}

describe('while a part is down', () => {
  test('a product page lacks its reviews only, and has them again without a restart of anything else', async () => {
    const whole = await page();
    expect(whole.errors).toBeUndefined();
    await without('review', async () => {
      const startedAt = Date.now();
      const answer = await page();
      expect(answer.data.product).toEqual({ ...whole.data.product, ratingSummary: null, reviews: null });
      expectOutage(answer);
      expect(Date.now() - startedAt).toBeLessThan(2_000);
    });
    expect(await page()).toMatchObject({ data: whole.data });
  });

  test('a merchant without the user subgraph, a price without the product subgraph: told, not guessed', async () => {
    await without('user', async () => {
      const answer = await page();
      expectOutage(answer);
      expectOutage(await graph.query('mutation { guestSessionCreate { guestToken } }'));
    });
    await addToCart(buyer, [{ variantId: goods.variantIds[0] ?? '', quantity: 1 }]);
    await without('product', async () => {
      expectOutage(await page());
      expectOutage(await buyer.ask('{ cart { totals { total { amount } } } }'));
      expectOutage(
        await buyer.ask('mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { userErrors { code } } }', {
          input: { lines: [{ variantId: goods.variantIds[0], quantity: 1 }], idempotencyKey: 'while-product-is-down' },
        }),
      );
    });
    expect((await page()).errors).toBeUndefined();
  });

  test('a checkout fails closed, and can be repeated with its key when all are back', async () => {
    const cart = await chooseDelivery(buyer, [seller.merchantId]);
    const input = checkoutInput(cart);
    for (const name of ['order-payment', 'product', 'cart']) await without(name, async () => expectOutage(await buyer.ask(CHECKOUT, input)));
    const { orderGroup } = await until(async () => {
      const { data } = await buyer.ask(CHECKOUT, input);
      return data?.checkout?.orderGroup ? data.checkout : null;
    }, 20_000);
    expect(orderGroup.totals.total).toEqual(cart.totals.total);
    expect(await booksOf(graph)).toEqual([]);
  });
});

describe('a subgraph asked by somebody other than the gateway', () => {
  const asked: [string, string, object][] = [
    ['a query', '/graphql', { query: '{ __typename }' }],
    ['its SDL', '/graphql', { query: '{ _service { sdl } }' }],
    ['an entity', '/graphql', { query: '{ _entities(representations: []) { __typename } }' }],
    ['an event', '/events', { _id: 'event_1', topic: 'order.paid', subjectId: 'order_1', data: {} }],
  ];
  const subgraphs = NAMES.slice(1);

  test.each(asked)('%s is refused', async (_name, path, body) => {
    const statuses: unknown[] = [];
    for (const { url } of services.filter(({ name }) => subgraphs.includes(name))) {
      for (const headers of [{}, { 'x-internal-auth': 'x.y' }, { authorization: `Bearer ${seller.token}` }]) {
        const response = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        });
        statuses.push([response.status, await response.json()]);
      }
    }
    expect(statuses).toHaveLength(15);
    for (const answer of statuses) {
      expect(answer).toEqual([
        401,
        { errors: [{ message: 'This address answers the gateway and the other subgraphs only.', extensions: { code: 'UNAUTHENTICATED' } }] },
      ]);
    }
  });
});
