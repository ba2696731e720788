import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '#platform/entity.ts';
import type { Identity } from '#platform/identity.ts';
import { transaction } from '#platform/transaction.ts';
import { buyer, guest, staff } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { markGroupPaid } from './orders/groups.ts';
import { key, type Shop, type ShopMerchant, startShop } from './shop.fixture.ts';

let shop: Shop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startShop();
  tea = await shop.openMerchant();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const REORDER = `mutation ($orderId: ID!) { orderReorder(orderId: $orderId) { cart { id } skippedLines { id } userErrors { code path ... on InvalidStateError { currentState } } } }`;
const CHECKOUT = 'mutation ($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id orders { id lines { id } } } userErrors { code message } } }';
const CART = '{ cart { id version lines { nodes { quantity variant { id } issues { code } } } } }';

interface Bought {
  readonly groupId: string;
  readonly orderId: string;
  readonly lineIds: readonly string[];
}

async function buy(who: Identity, lines: readonly { variantId: string; quantity: number }[], isPaid = true): Promise<Bought> {
  const cart = await shop.fillCart(who, lines, [tea]);
  const email = who.kind === 'guest' ? 'guest@example.test' : null;
  const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, email, idempotencyKey: key() };
  const { orderGroup, userErrors } = await shop.must('order-payment', CHECKOUT, { input }, who);
  expect(userErrors).toEqual([]);
  const { em } = shop.running('order-payment').runtime.systemContext() as Context;
  const facts = { groupId: orderGroup.id, paymentId: newId('pay'), method: 'ALIPAY', paidAt: new Date() };
  if (isPaid) await transaction(em, (tx) => markGroupPaid(tx, facts));
  const [order] = orderGroup.orders;
  return { groupId: orderGroup.id, orderId: order.id, lineIds: order.lines.map(({ id }: { id: string }) => id) };
}

const reorder = (who: Identity, orderId: string) => shop.must('order-payment', REORDER, { orderId }, who);
const contents = async (who: Identity): Promise<Record<string, number>> => {
  const cart = await shop.must('cart', CART, {}, who);
  return Object.fromEntries(cart.lines.nodes.map(({ quantity, variant }: any) => [variant.id, quantity]));
};
const actions = async (who: Identity, id: string) =>
  (await shop.must('order-payment', 'query ($id: ID!) { order(id: $id) { allowedActions } }', { id }, who)).allowedActions;

test.each([
  ['an account', () => buyer()],
  ['a guest', () => guest()],
])('%s finds the goods of an order in the cart again, once however often they are asked for', async (_who, someone) => {
  const who = someone();
  const [leaf, cup] = [await shop.addVariant(tea), await shop.addVariant(tea)];
  const { orderId } = await buy(who, [
    { variantId: leaf, quantity: 3 },
    { variantId: cup, quantity: 2 },
  ]);
  expect(await actions(who, orderId)).toContain('REORDER');
  const first = await reorder(who, orderId);
  expect(first).toEqual({ cart: { id: expect.any(String) }, skippedLines: [], userErrors: [] });
  const { version } = await shop.must('cart', CART, {}, who);
  expect(await Promise.all([reorder(who, orderId), reorder(who, orderId)])).toEqual([first, first]);
  expect(await contents(who)).toEqual({ [leaf]: 3, [cup]: 2 });
  expect((await shop.must('cart', CART, {}, who)).version).toBe(version);
});

test('what is in the cart already counts', async () => {
  const who = buyer();
  const [leaf, cup] = [await shop.addVariant(tea), await shop.addVariant(tea)];
  const { orderId } = await buy(who, [
    { variantId: leaf, quantity: 3 },
    { variantId: cup, quantity: 2 },
  ]);
  await shop.fillCart(
    who,
    [
      { variantId: leaf, quantity: 1 },
      { variantId: cup, quantity: 5 },
    ],
    [],
  );
  await reorder(who, orderId);
  expect(await contents(who)).toEqual({ [leaf]: 3, [cup]: 5 });
});

test('what is off sale is skipped, what is scarce is lowered, and the rest is there', async () => {
  const who = buyer();
  const [leaf, rare, gone] = [await shop.addVariant(tea), await shop.addVariant(tea, { stock: 6 }), await shop.addVariant(tea, { stock: 2 })];
  const { orderId, lineIds } = await buy(who, [
    { variantId: leaf, quantity: 1 },
    { variantId: rare, quantity: 4 },
    { variantId: gone, quantity: 2 },
  ]);
  const { cart, skippedLines, userErrors } = await reorder(who, orderId);
  expect([skippedLines, userErrors]).toEqual([[{ id: lineIds[2] }], []]);
  expect(await contents(who)).toEqual({ [leaf]: 1, [rare]: 2 });
  const { lines } = await shop.must('cart', CART, {}, who);
  expect(lines.nodes.map(({ issues }: any) => issues.map(({ code }: any) => code))).toEqual([[], ['QUANTITY_REDUCED']]);
  expect(cart).not.toBeNull();
});

test('where nothing can be had no cart comes to be', async () => {
  const who = buyer();
  const gone = await shop.addVariant(tea, { stock: 1 });
  const { orderId, lineIds } = await buy(who, [{ variantId: gone, quantity: 1 }]);
  expect(await reorder(who, orderId)).toEqual({ cart: null, skippedLines: [{ id: lineIds[0] }], userErrors: [] });
  expect(await shop.must('cart', CART, {}, who)).toBeNull();
});

test('an order that waits for its money is not had again, nor is one of anybody else', async () => {
  const who = buyer();
  const leaf = await shop.addVariant(tea);
  const { orderId } = await buy(who, [{ variantId: leaf, quantity: 1 }], false);
  expect((await reorder(who, orderId)).userErrors).toEqual([{ code: 'INVALID_STATE', path: ['orderId'], currentState: 'PENDING_PAYMENT' }]);
  expect(await actions(who, orderId)).not.toContain('REORDER');
  const paid = await buy(buyer(), [{ variantId: leaf, quantity: 1 }]);
  for (const other of [who, guest(), tea.owner, staff('orders:read_all')]) {
    expect((await reorder(other, paid.orderId)).userErrors).toEqual([{ code: 'NOT_FOUND', path: ['orderId'] }]);
    if (other !== who) expect(await shop.must('cart', CART, {}, other)).toBeNull();
  }
  expect((await reorder(who, newId('order'))).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('a cart that is being checked out is left alone, and only services fill carts', async () => {
  const who = buyer();
  const leaf = await shop.addVariant(tea);
  const { orderId } = await buy(who, [{ variantId: leaf, quantity: 1 }]);
  const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], []);
  const carts = shop.running('cart').runtime.database.collection<{ _id: string }>('cart');
  await carts.updateOne({ _id: cart.id }, { $set: { state: 'CHECKING_OUT' } });
  expect((await reorder(who, orderId)).userErrors).toEqual([{ code: 'INVALID_STATE', path: ['orderId'], currentState: 'CHECKING_OUT' }]);
  const direct = 'mutation ($input: CartReorderInput!) { cartReorder(input: $input) { cartId } }';
  const { errors } = await shop.ask('cart', direct, { input: { currency: 'CNY', lines: [] } }, { identity: who });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
});
