import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Actor,
  addCategory,
  addCoupon,
  addToCart,
  applyCoupon,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  openShop,
  publish,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import { booksOf } from './books.ts';
import { type CrashingShop, crashingShop } from './crashing-shop.ts';
import { post, type TestGraph, withDatabases } from './graph.ts';

const STEPS = ['intent', 'lock', 'quote', 'reserve', 'coupon', 'order', 'complete'];

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
  await until(async () => answered >= 10, 60_000);
  await shop.kill();
  await Promise.all(load);
  expect(acknowledged.length).toBeGreaterThan(0);

  await shop.start();
  await settled(graph);
  const kept = await withDatabases(graph.databasePrefix, (database) =>
    database('order-payment')
      .collection('order-group')
      .countDocuments({ _id: { $in: acknowledged as never[] }, status: 'PENDING_PAYMENT' }),
  );
  expect(kept).toBe(acknowledged.length);
  expect(await booksOf(graph)).toEqual([]);
});

const EACH_FIVE_TIMES = STEPS.flatMap((step) => [1, 2, 3, 4, 5].map((round) => [step, round] as const));
const AT_ONCE = 4;

/** Asks until the one who is asked dies of it. On a busy machine the sweeper may be quicker than a checkout, which then has to be tried again. */
async function askToDeath(url: string, input: object, { token }: Actor): Promise<void> {
  for (;;) {
    const answer = await post(url, CHECKOUT, input, { token }).catch(() => null);
    if (answer === null) return;
    expect(answer.errors, JSON.stringify(answer)).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  }
}

describe('killed after a step of a checkout', () => {
  let shop: CrashingShop;
  let variantId: string;
  /** What was begun by processes that died of it, by step and round. */
  const begun = new Map<string, { who: Actor; input: ReturnType<typeof checkoutInput>; signal: string | null }>();

  beforeAll(async () => {
    shop = await crashingShop('steps');
    await shop.start();
    const staff = await staffMember(shop.graph);
    const seller = await openShop(shop.graph, staff, 'step');
    const goods = await publish(seller, await addCategory(staff), { prices: [1000], stock: 1000 });
    [variantId = ''] = goods.variantIds;
    const coupon = await addCoupon(seller);

    const beginAndDie = async (step: string, round: number) => {
      const who = await signUp(shop.graph, 'step');
      await addToCart(who, [{ variantId, quantity: 2 }]);
      await chooseDelivery(who, [seller.merchantId]);
      const input = checkoutInput(await applyCoupon(who, coupon.code));
      const doomed = await shop.beside({ CRASH_AFTER: step });
      await askToDeath(doomed.url, input, who);
      begun.set(`${step} ${round}`, { who, input, signal: await doomed.ended() });
    };
    const waiting = [...EACH_FIVE_TIMES];
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await beginAndDie(...next);
    };
    // All lanes come to their end, so that what they started is known and ended with the shop.
    const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  }, 300_000);
  afterAll(() => shop[Symbol.asyncDispose]());

  const rowsOf = (name: string, collection: string, filter: object) =>
    withDatabases(shop.graph.databasePrefix, (database) => database(name).collection<any>(collection).find(filter).toArray());

  /** Nothing of the cart's checkout is under way any more; answers the cart. */
  const settledCart = (cartId: string) =>
    until(async () => {
      const [open, [cart]] = [
        await rowsOf('order-payment', 'order-group', { cartId, status: { $in: ['PREPARING', 'ABANDONED'] } }),
        await rowsOf('cart', 'cart', { _id: cartId }),
      ];
      return open.length === 0 && cart.state !== 'CHECKING_OUT' ? cart : null;
    }, 60_000);

  test.each(EACH_FIVE_TIMES)('"%s": what was placed stays, the rest is given back, and the same key goes on (round %i)', async (step, round) => {
    const { who, input, signal } = begun.get(`${step} ${round}`) ?? expect.fail('nothing was begun');
    expect(signal).toBe('SIGKILL');
    const { cartId } = input.input;
    const isPlaced = step === 'order' || step === 'complete';
    expect((await settledCart(cartId)).state).toBe(isPlaced ? 'ORDERED' : 'ACTIVE');
    expect(await rowsOf('order-payment', 'order-group', { cartId })).toHaveLength(isPlaced ? 1 : 0);
    // The same request again either finds what the first one did, or does it.
    const again = await until(async () => {
      const answer = await who.ask(CHECKOUT, input);
      return answer.data?.checkout.orderGroup ? answer.data.checkout : null;
    }, 60_000);
    expect(again.orderGroup.status).toBe('PENDING_PAYMENT');
    expect(await rowsOf('order-payment', 'order-group', { cartId })).toMatchObject([{ _id: again.orderGroup.id, status: 'PENDING_PAYMENT' }]);
    const held = await rowsOf('product', 'reservation', { groupId: again.orderGroup.id });
    expect(held.reduce((total, { quantity }) => total + quantity, 0)).toBe(2);
  });

  test('the books are clean after all of it', async () => {
    const [level] = await rowsOf('product', 'inventory-level', { variantId });
    expect([level.onHand, level.reserved]).toEqual([1000, 2 * EACH_FIVE_TIMES.length]);
    expect(await booksOf(shop.graph)).toEqual([]);
  });
});
