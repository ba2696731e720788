import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, inject, test } from 'vitest';
import { type Actor, addCategory, addToCart, CHECKOUT, checkoutInput, chooseDelivery, openShop, publish, signUp, staffMember, until } from './actors.ts';
import { booksOf } from './books.ts';
import { freePort, post, type TestGraph, withDatabases } from './graph.ts';

/** The whole shop as a process of its own, which a test may kill. */
async function spawnShop(settings: Record<string, string>, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['gateway/main.ts'], { env: { ...process.env, ...settings, PORT: String(port) }, stdio: ['ignore', 'ignore', 'inherit'] });
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

interface CrashingShop extends AsyncDisposable {
  readonly graph: TestGraph;
  start(extra?: Record<string, string>): Promise<void>;
  kill(): Promise<void>;
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>;
}

async function crashingShop(name: string): Promise<CrashingShop> {
  const databasePrefix = `k${name}${Date.now().toString(36)}-`;
  const dataDir = await mkdtemp(`${tmpdir()}/tradegraph-crash-`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { MONGODB_URI: inject('mongoUri'), DATABASE_PREFIX: databasePrefix, DATA_DIR: dataDir, LOG_LEVEL: 'error', BCRYPT_COST: '4', SEED: 'never', SWEEP_AFTER_SECONDS: '2', JOBS_POLL_SECONDS: '0.2' };
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

const settled = (graph: TestGraph) =>
  until(
    () =>
      withDatabases(graph.databasePrefix, async (database) => {
        const preparing = await database('order-payment').collection('order-group').countDocuments({ status: 'PREPARING' });
        const locked = await database('cart').collection('cart').countDocuments({ state: 'CHECKING_OUT' });
        return preparing === 0 && locked === 0;
      }),
    60_000,
  );

test('kill -9 in the middle of a checkout load: what was acknowledged stays, the rest is settled within a minute', { timeout: 240_000 }, async () => {
  await using shop = await crashingShop('load');
  const { graph } = shop;
  await shop.start();
  const staff = await staffMember(graph);
  const seller = await openShop(graph, staff, 'crash');
  const categoryId = await addCategory(staff);
  const goods = await publish(seller, categoryId, { prices: [1000, 2000], stock: 500 });
  const ready: { who: Actor; cart: any }[] = [];
  for (let index = 0; index < 60; index++) {
    const who = await signUp(graph, `crash${index}`);
    await addToCart(who, [{ variantId: goods.variantIds[index % 2]!, quantity: 1 + (index % 3) }]);
    ready.push({ who, cart: await chooseDelivery(who, [seller.merchantId]) });
  }
  const acknowledged: string[] = [];
  let answered = 0;
  const load = ready.map(({ who, cart }) =>
    who.ask(CHECKOUT, checkoutInput(cart)).then(
      ({ data }) => {
        answered += 1;
        if (data?.checkout.orderGroup) acknowledged.push(data.checkout.orderGroup.id);
      },
      () => undefined,
    ),
  );
  await until(async () => answered >= 10);
  await shop.kill();
  await Promise.all(load);
  expect(acknowledged.length).toBeGreaterThan(0);

  await shop.start();
  await settled(graph);
  const kept = await withDatabases(graph.databasePrefix, (database) => database('order-payment').collection('order-group').countDocuments({ _id: { $in: acknowledged as never[] }, status: 'PENDING_PAYMENT' }));
  expect(kept).toBe(acknowledged.length);
  expect(await booksOf(graph)).toEqual([]);
});

test.concurrent.each(['intent', 'lock', 'quote', 'reserve', 'order', 'complete'])('killed after the step "%s" of a checkout', { timeout: 180_000 }, async (step) => {
  await using shop = await crashingShop(step);
  const { graph } = shop;
  await shop.start();
  const staff = await staffMember(graph);
  const seller = await openShop(graph, staff, 'step');
  const goods = await publish(seller, await addCategory(staff), { prices: [1000], stock: 10 });
  const who = await signUp(graph, 'step');
  await addToCart(who, [{ variantId: goods.variantIds[0]!, quantity: 2 }]);
  const cart = await chooseDelivery(who, [seller.merchantId]);
  await shop.kill();

  await shop.start({ CRASH_AFTER: step });
  const input = checkoutInput(cart);
  await expect(who.ask(CHECKOUT, input)).rejects.toThrow();
  await shop.ended();

  await shop.start();
  await settled(graph);
  expect(await booksOf(graph)).toEqual([]);
  // The same request again either finds what the first one did, or does it.
  const again = await until(async () => {
    const answer = await who.ask(CHECKOUT, input);
    return answer.data?.checkout.orderGroup ? answer.data.checkout : null;
  }, 60_000);
  expect(again.orderGroup.status).toBe('PENDING_PAYMENT');
  const groups = await withDatabases(graph.databasePrefix, (database) => database('order-payment').collection('order-group').countDocuments({ status: 'PENDING_PAYMENT' }));
  expect(groups).toBe(1);
  expect(await booksOf(graph)).toEqual([]);
});
