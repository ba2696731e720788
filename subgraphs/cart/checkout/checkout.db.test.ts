import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../../test/subgraphs.ts';
import { ADDRESS, type CartShop, type Seller, startCartShop } from '../cart.fixture.ts';

let shop: CartShop;
let tea: Seller;
beforeAll(async () => {
  shop = await startCartShop();
  tea = await shop.seller();
  await tea.rate();
});
afterAll(() => shop[Symbol.asyncDispose]());

const MONEY = '{ amount currency }';
const LOCK = `mutation($input: CartLockInput!) { cartLock(input: $input) {
  quote { cartId version currency countryCode totals { subtotal ${MONEY} shipping ${MONEY} tax ${MONEY} total ${MONEY} }
    groups { merchantId deliveryMode deliveryTitle shippingAddress { city } pickupLocationId totals { total ${MONEY} }
      lines { lineId variantId productId quantity unitPrice ${MONEY} subtotal ${MONEY} discount ${MONEY} tax ${MONEY} total ${MONEY} title variantTitle sku imageUrl options { name value } requiresShipping taxCategory } }
    problems { code lineId variantId merchantId requested available messageEn messageZh } }
  refusal { code currentVersion currentState } } }`;

const asker = (identity: ReturnType<typeof buyer>) => {
  const ask = async (query: string, input: object) =>
    Object.values<any>((await shop.ask('cart', query, { input }, { identity, caller: 'order-payment' })).data)[0];
  return {
    lock: (cartId: string, expectedVersion: number, groupId: string) => ask(LOCK, { cartId, expectedVersion, groupId }),
    unlock: (cartId: string, groupId: string) => ask('mutation($input: CartUnlockInput!) { cartUnlock(input: $input) { done } }', { cartId, groupId }),
    complete: (cartId: string, groupId: string) => ask('mutation($input: CartCompleteInput!) { cartComplete(input: $input) { done } }', { cartId, groupId }),
  };
};

async function readyBuyer(options?: Parameters<Seller['sell']>[0], quantity = 2) {
  const identity = buyer();
  const client = shop.as(identity);
  const goods = await tea.sell(options);
  await client.put(goods, quantity);
  const { cart } = await client.deliver({ merchantId: tea.merchantId, address: ADDRESS });
  return { identity, client, goods, cart, ...asker(identity) };
}

describe('locking a cart for a checkout', () => {
  test('quotes exactly what the buyer saw', async () => {
    const { cart, lock, goods } = await readyBuyer({ price: 1999 }, 3);
    const { quote, refusal } = await lock(cart.id, cart.version, 'group_1');
    expect(refusal).toBeNull();
    expect(quote).toMatchObject({ cartId: cart.id, version: cart.version, currency: 'CNY', problems: [] });
    const { subtotal, shipping, tax, total } = cart.totals;
    expect(quote.totals).toEqual({ subtotal, shipping, tax, total });
    expect(quote.groups).toMatchObject([
      {
        merchantId: tea.merchantId,
        deliveryMode: 'SHIPPING',
        deliveryTitle: 'Standard',
        shippingAddress: { city: '上海' },
        pickupLocationId: null,
        lines: [
          {
            ...goods,
            quantity: 3,
            unitPrice: { amount: 1999 },
            subtotal: { amount: 5997 },
            discount: { amount: 0 },
            total: { amount: 5997 },
            title: 'Tea pot',
            requiresShipping: true,
            taxCategory: 'standard',
          },
        ],
      },
    ]);
  });

  test('takes two commands of its own, and a change in price is seen', async () => {
    const { cart, lock, goods } = await readyBuyer();
    await tea.revise(goods, { price: { amount: 1100, currency: 'CNY' } });
    shop.fetches.length = 0;
    expect((await lock(cart.id, cart.version, 'group_1')).quote.totals.total.amount).toBe(2 * 1100 + 800);
    expect(shop.fetches.find(({ subgraph }) => subgraph === 'cart')).toMatchObject({ commands: 2 });
  });

  test('holds off every change until it is given back, which leaves the version', async () => {
    const { cart, client, lock, unlock, goods } = await readyBuyer();
    await lock(cart.id, cart.version, 'group_1');
    expect((await client.put(goods)).userErrors).toMatchObject([{ __typename: 'InvalidStateError', currentState: 'CHECKING_OUT' }]);
    expect(await client.read()).toMatchObject({ version: cart.version, readyForCheckout: false });
    expect(await unlock(cart.id, 'group_other')).toEqual({ done: true });
    expect((await client.read()).readyForCheckout).toBe(false);
    expect(await unlock(cart.id, 'group_1')).toEqual({ done: true });
    expect(await unlock(cart.id, 'group_1')).toEqual({ done: true });
    expect(await client.read()).toMatchObject({ version: cart.version, readyForCheckout: true });
  });

  test('is repeatable for the group, refused to any other, and to one that has given it back', async () => {
    const { cart, lock, unlock } = await readyBuyer();
    const first = await lock(cart.id, cart.version, 'group_1');
    expect(await lock(cart.id, cart.version, 'group_1')).toEqual(first);
    expect(await lock(cart.id, cart.version, 'group_2')).toEqual({
      quote: null,
      refusal: { code: 'INVALID_STATE', currentVersion: cart.version, currentState: 'CHECKING_OUT' },
    });
    await unlock(cart.id, 'group_1');
    expect((await lock(cart.id, cart.version, 'group_1')).refusal).toMatchObject({ code: 'INVALID_STATE', currentState: 'ACTIVE' });
    expect((await lock(cart.id, cart.version, 'group_2')).quote).toMatchObject({ cartId: cart.id });
  });

  test('of ten checkouts at once one has it', async () => {
    const { cart, lock } = await readyBuyer();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => lock(cart.id, cart.version, `group_${index}`)));
    expect(answers.filter(({ quote }) => quote).length).toBe(1);
  });

  test('is refused for a version that is past, a cart that is not there, and one of somebody else', async () => {
    const { cart, client, lock, goods } = await readyBuyer();
    await client.put(goods);
    expect((await lock(cart.id, cart.version, 'group_1')).refusal).toEqual({
      code: 'VERSION_CONFLICT',
      currentVersion: cart.version + 1,
      currentState: 'ACTIVE',
    });
    expect((await lock('cart_x', 1, 'group_1')).refusal).toEqual({ code: 'NOT_FOUND', currentVersion: null, currentState: null });
    expect((await asker(buyer()).lock(cart.id, cart.version + 1, 'group_1')).refusal).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('tells what stands in the way, in both languages', async () => {
    const { cart, client, lock, goods } = await readyBuyer({ stock: 1 }, 2);
    expect((await lock(cart.id, cart.version, 'group_1')).quote.problems).toMatchObject([
      {
        code: 'INSUFFICIENT_STOCK',
        lineId: cart.lines.nodes[0].id,
        variantId: goods.variantId,
        merchantId: tea.merchantId,
        requested: 2,
        available: 1,
        messageEn: 'Only 1 left of 2.',
        messageZh: expect.stringContaining('1'),
      },
    ]);
    expect(client).toBeDefined();
  });

  test('an ordered cart stays as history, and the next goods begin a new one', async () => {
    const { cart, client, lock, unlock, complete, goods } = await readyBuyer();
    await lock(cart.id, cart.version, 'group_1');
    expect(await complete(cart.id, 'group_1')).toEqual({ done: true });
    expect(await complete(cart.id, 'group_1')).toEqual({ done: true });
    expect(await complete(cart.id, 'group_2')).toEqual({ done: false });
    await unlock(cart.id, 'group_1');
    expect(await client.read()).toBeNull();
    expect((await lock(cart.id, cart.version, 'group_3')).refusal).toMatchObject({ code: 'INVALID_STATE', currentState: 'ORDERED' });
    const next = await client.put(goods);
    expect(next.cart).toMatchObject({ version: 1, totalQuantity: 1 });
    expect(next.cart.id).not.toBe(cart.id);
  });

  test('is no client’s business', async () => {
    const { cart, identity } = await readyBuyer();
    const answer = await shop.ask('cart', LOCK, { input: { cartId: cart.id, expectedVersion: cart.version, groupId: 'group_1' } }, { identity });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});
