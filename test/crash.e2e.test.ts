import { expect, test } from 'vitest';
import { type Actor, addCategory, addToCart, CHECKOUT, checkoutInput, chooseDelivery, openShop, publish, signUp, staffMember, until } from './actors.ts';
import { booksOf } from './books.ts';
import { crashingShop } from './crashing-shop.ts';
import { type TestGraph, withDatabases } from './graph.ts';

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
  const kept = await withDatabases(graph.databasePrefix, (database) =>
    database('order-payment')
      .collection('order-group')
      .countDocuments({ _id: { $in: acknowledged as never[] }, status: 'PENDING_PAYMENT' }),
  );
  expect(kept).toBe(acknowledged.length);
  expect(await booksOf(graph)).toEqual([]);
});

test.concurrent.each(['intent', 'lock', 'quote', 'reserve', 'order', 'complete'])(
  'killed after the step "%s" of a checkout',
  { timeout: 180_000 },
  async (step) => {
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
    const groups = await withDatabases(graph.databasePrefix, (database) =>
      database('order-payment').collection('order-group').countDocuments({ status: 'PENDING_PAYMENT' }),
    );
    expect(groups).toBe(1);
    expect(await booksOf(graph)).toEqual([]);
  },
);
