import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMongo, type RunningMongo } from '#platform/mongo.ts';
import {
  ADDRESS,
  addCategory,
  addToCart,
  CART_FIELDS,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  key,
  openShop,
  publish,
  type Seller,
  signUp,
  staffMember,
} from './actors.ts';
import { booksOf } from './books.ts';
import { type Answered, startGraph, type TestGraph, withDatabases } from './graph.ts';

/** How many purchases are made while the primary of the database steps down again and again. */
const PURCHASES = Math.min(1000, 60 * Number(process.env['RACE_ROUNDS'] ?? 2));
const BUYERS = 10;

let dataDir: string;
let mongo: RunningMongo;
let graph: TestGraph;
let seller: Seller;
let variantId: string;
beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/tradegraph-step-down-`);
  // Of its own: nobody else's test shall lose its primary.
  mongo = await openMongo({ dataDir, ephemeral: true, binary: process.env['MONGOD_BINARY'] });
  graph = await startGraph({ topology: 'embedded', environment: { MONGODB_URI: mongo.uri, TEST_LOG: 'silent' } });
  const staff = await staffMember(graph);
  seller = await openShop(graph, staff, 'steps');
  const { variantIds } = await publish(seller, await addCategory(staff), { prices: [1000], stock: 5000 });
  [variantId = ''] = variantIds;
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
  await mongo.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What clients were told besides answers, by code. */
const told: Record<string, number> = {};

/** Asks as a client should: again, with the same key, while it is told to. */
async function insist(ask: () => Promise<Answered>): Promise<any> {
  for (let tries = 0; tries < 60; tries++) {
    const { data, errors } = await ask();
    const [error] = errors ?? [];
    const [root] = error ? [] : Object.values<any>(data);
    if (root?.userErrors.length === 0) return root;
    const code = String(error?.extensions['code'] ?? root.userErrors[0].code);
    told[code] = (told[code] ?? 0) + 1;
    await pause(200);
  }
  throw new Error(`nothing but errors: ${JSON.stringify(told)}`);
}

async function stepDown(): Promise<void> {
  const client = await MongoClient.connect(mongo.uri);
  await client.db('admin').command({ replSetStepDown: 1, secondaryCatchUpPeriodSecs: 0, force: true });
  await client.close();
}

test('a primary that steps down, again and again, loses no purchase and makes none twice', { timeout: 600_000 }, async () => {
  const buyers = await Promise.all(Array.from({ length: BUYERS }, () => signUp(graph, 'patient')));
  const ready = await Promise.all(
    buyers.map(async (who) => {
      await addToCart(who, [{ variantId, quantity: 1 }]);
      return { who, cart: await chooseDelivery(who, [seller.merchantId]) };
    }),
  );
  const ADD = `mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { ${CART_FIELDS} } userErrors { code message } } }`;
  const SET = `mutation ($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { cart { ${CART_FIELDS} } userErrors { code message } } }`;
  const placed: string[] = [];
  let isOver = false;
  let stepDowns = 0;
  const stepping = (async () => {
    for (; !isOver; stepDowns++) {
      await pause(1500);
      await stepDown();
    }
  })();
  await Promise.all(
    ready.map(async ({ who, cart: first }) => {
      let cart = first;
      for (let count = 0; count < PURCHASES / BUYERS; count++) {
        const input = checkoutInput(cart);
        const { orderGroup } = await insist(() => who.ask(CHECKOUT, input));
        placed.push(orderGroup.id);
        const lines = { input: { lines: [{ variantId, quantity: 1 }], idempotencyKey: key() } };
        await insist(() => who.ask(ADD, lines));
        ({ cart } = await insist(() => who.ask(SET, { input: { merchantId: seller.merchantId, address: { ...ADDRESS } } })));
      }
    }),
  );
  isOver = true;
  await stepping;
  expect(stepDowns).toBeGreaterThan(1);
  expect(new Set(placed).size).toBe(PURCHASES);
  const groups = await withDatabases(
    graph.databasePrefix,
    (database) =>
      database('order-payment')
        .collection('order-group')
        .countDocuments({ placedAt: { $ne: null } }),
    mongo.uri,
  );
  expect(groups).toBe(PURCHASES);
  expect(told['INTERNAL_SERVER_ERROR'] ?? 0, JSON.stringify(told)).toBe(0);
  expect(await booksOf(graph)).toEqual([]);
});
