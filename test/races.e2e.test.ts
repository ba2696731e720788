import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Actor,
  ADDRESS,
  addCategory,
  addToCart,
  CART_FIELDS,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  key,
  openShop,
  PAY,
  payInput,
  publish,
  type Seller,
  signUp,
  staffMember,
} from './actors.ts';
import { booksOf } from './books.ts';
import { startGraph, type TestGraph, withDatabases } from './graph.ts';
import { ROUNDS, rounds, roundsOf } from './rounds.ts';

let graph: TestGraph;
let seller: Seller;
let categoryId: string;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  const staff = await staffMember(graph);
  seller = await openShop(graph, staff, 'races');
  categoryId = await addCategory(staff);
});
afterAll(() => graph[Symbol.asyncDispose]());

/** The oldest of all races is run four times as often. */
const manyRounds = roundsOf(4 * ROUNDS);

/** A buyer whose cart holds the goods and is ready for checkout. */
async function readyBuyer(name: string, lines: { variantId: string; quantity: number }[]): Promise<{ who: Actor; cart: any }> {
  const who = await signUp(graph, name);
  await addToCart(who, lines);
  return { who, cart: await chooseDelivery(who, [seller.merchantId]) };
}

const inBatches = async <T>(count: number, size: number, make: (index: number) => Promise<T>): Promise<T[]> => {
  const made: T[] = [];
  for (let from = 0; from < count; from += size)
    made.push(...(await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, index) => make(from + index)))));
  return made;
};

const stockOf = (variantId: string) =>
  withDatabases(graph.databasePrefix, async (database) => {
    const [level] = await database('product').collection('inventory-level').find({ variantId }).toArray();
    return { onHand: level?.['onHand'], reserved: level?.['reserved'], available: level?.['available'] };
  });

describe('checkout', () => {
  describe('two hundred buyers, fifty in stock', () => {
    let crowd: Actor[];
    /** Whose carts hold what they did not get. */
    let losers: Actor[] = [];
    beforeAll(async () => {
      crowd = await inBatches(200, 20, (index) => signUp(graph, `rush${index}`));
    });

    const CLEAR = 'mutation { cartClear { cart { id } userErrors { code message } } }';
    const SET =
      'mutation ($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { cart { id version totals { total { amount currency } } } userErrors { code } } }';

    test.each(rounds)('fifty orders, and the rest are told (round %i)', { timeout: 180_000 }, async () => {
      const { variantIds } = await publish(seller, categoryId, { prices: [1990], stock: 50 });
      const [variantId = ''] = variantIds;
      await inBatches(losers.length, 20, (index) => losers[index]!.must(CLEAR));
      const carts = await inBatches(crowd.length, 20, async (index) => {
        await addToCart(crowd[index]!, [{ variantId, quantity: 1 }]);
        return (await crowd[index]!.must(SET, { input: { merchantId: seller.merchantId, address: ADDRESS } })).cart;
      });
      const answers = await Promise.all(crowd.map((who, index) => who.ask(CHECKOUT, checkoutInput(carts[index]))));
      expect(
        answers.every(({ status, errors }) => status === 200 && errors === undefined),
        JSON.stringify(answers.find(({ errors }) => errors)?.errors),
      ).toBe(true);
      const placed = answers.filter(({ data }) => data.checkout.orderGroup !== null);
      const refused = answers.filter(({ data }) => data.checkout.orderGroup === null);
      losers = crowd.filter((_, index) => answers[index]?.data.checkout.orderGroup === null);
      expect(placed).toHaveLength(50);
      expect(new Set(refused.map(({ data }) => data.checkout.userErrors[0]?.__typename))).toEqual(new Set(['InsufficientStockError']));
      expect(await stockOf(variantId)).toEqual({ onHand: 50, reserved: 50, available: 0 });
    });
  });

  test.each(manyRounds)('one left, two buyers: exactly one gets it (round %i)', async () => {
    const { variantIds } = await publish(seller, categoryId, { prices: [1990], stock: 1 });
    const buyers = await inBatches(2, 2, (index) => readyBuyer(`pair${index}`, [{ variantId: variantIds[0]!, quantity: 1 }]));
    const answers = await Promise.all(buyers.map(({ who, cart }) => who.ask(CHECKOUT, checkoutInput(cart))));
    expect(answers.map(({ data }) => data.checkout.userErrors[0]?.__typename ?? 'placed').sort()).toEqual(['InsufficientStockError', 'placed']);
    expect(await stockOf(variantIds[0]!)).toEqual({ onHand: 1, reserved: 1, available: 0 });
  });

  test.each(rounds)('carts {A,B} and {B,A} at once both pass (round %i)', async () => {
    const [a, b] = [await publish(seller, categoryId, { stock: 20 }), await publish(seller, categoryId, { stock: 20 })];
    const order = (index: number) => (index % 2 === 0 ? [a, b] : [b, a]).map(({ variantIds }) => ({ variantId: variantIds[0]!, quantity: 1 }));
    const buyers = await inBatches(10, 5, (index) => readyBuyer(`cross${index}`, order(index)));
    const answers = await Promise.all(buyers.map(({ who, cart }) => who.ask(CHECKOUT, checkoutInput(cart))));
    expect(answers.map(({ data }) => data?.checkout.userErrors)).toEqual(answers.map(() => []));
    expect(await stockOf(a.variantIds[0]!)).toEqual({ onHand: 20, reserved: 10, available: 10 });
  });

  test.each(rounds)('the same key ten times at once: one group, equal answers (round %i)', async () => {
    const { variantIds } = await publish(seller, categoryId, { stock: 5 });
    const { who, cart } = await readyBuyer('double', [{ variantId: variantIds[0]!, quantity: 1 }]);
    const input = checkoutInput(cart);
    const answers = await Promise.all(Array.from({ length: 10 }, () => who.ask(CHECKOUT, input)));
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size, JSON.stringify(answers)).toBe(1);
    expect(answers[0]?.data.checkout.userErrors).toEqual([]);
    expect(await stockOf(variantIds[0]!)).toEqual({ onHand: 5, reserved: 1, available: 4 });
    const other = await who.ask(CHECKOUT, { input: { ...input.input, expectedTotal: { amount: 1, currency: 'CNY' } } });
    expect(other.data.checkout.userErrors[0]).toMatchObject({ __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_PARAMETER_MISMATCH' });
  });

  test.each(rounds)('different keys, same cart: one group (round %i)', async () => {
    const { variantIds } = await publish(seller, categoryId, { stock: 5 });
    const { who, cart } = await readyBuyer('keys', [{ variantId: variantIds[0]!, quantity: 1 }]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => who.ask(CHECKOUT, checkoutInput(cart))));
    expect(
      answers.filter(({ data }) => data?.checkout.orderGroup),
      JSON.stringify(answers),
    ).toHaveLength(1);
    expect(await stockOf(variantIds[0]!)).toEqual({ onHand: 5, reserved: 1, available: 4 });
  });

  test.each(rounds)('a price edited meanwhile never makes an order at a price nobody stated (round %i)', async () => {
    const { productId, variantIds } = await publish(seller, categoryId, { prices: [1000], stock: 5 });
    const [variantId = ''] = variantIds;
    const { who, cart } = await readyBuyer('edited', [{ variantId, quantity: 1 }]);
    const stated = cart.totals.total.amount;
    const RAISE =
      'mutation ($input: ProductVariantsSetInput!) { productVariantsSet(input: $input) { product { id variants { nodes { price { amount } } } } userErrors { code message path } } }';
    const { sku } = await seller.must('query ($id: ID!) { productVariant(id: $id) { sku } }', { id: variantId });
    const [answer] = await Promise.all([
      who.ask(CHECKOUT, checkoutInput(cart)),
      seller.must(RAISE, { input: { productId, variants: [{ id: variantId, sku, price: { amount: 1500, currency: 'CNY' } }] } }),
    ]);
    const { orderGroup, cart: fresh, userErrors } = answer.data.checkout;
    if (orderGroup) {
      expect(orderGroup.totals.total.amount).toBe(stated);
      expect(orderGroup.orders).toMatchObject([{ totals: { total: { amount: stated } }, lines: [{ quantity: 1, total: { amount: 1000 } }] }]);
      expect(await stockOf(variantId)).toEqual({ onHand: 5, reserved: 1, available: 4 });
      return;
    }
    expect(userErrors[0].__typename).toBe('TotalChangedError');
    expect(fresh.totals.total.amount).toBe(stated + 500);
    expect(await stockOf(variantId)).toEqual({ onHand: 5, reserved: 0, available: 5 });
    const again = await who.must(CHECKOUT, checkoutInput(fresh));
    expect(again.orderGroup.totals.total.amount).toBe(stated + 500);
  });
});

describe('cart', () => {
  test.each(rounds)('ten adds at once: none is lost (round %i)', async () => {
    const { variantIds } = await publish(seller, categoryId, { prices: Array.from({ length: 10 }, (_, index) => 500 + index) });
    const who = await signUp(graph, 'adder');
    await Promise.all(variantIds.map((variantId) => addToCart(who, [{ variantId, quantity: 1 }])));
    await Promise.all(variantIds.map((variantId) => addToCart(who, [{ variantId, quantity: 2 }])));
    const cart = await who.must(`{ cart { ${CART_FIELDS} } }`);
    expect(cart.lines.nodes.map(({ quantity }: { quantity: number }) => quantity)).toEqual(Array.from({ length: 10 }, () => 3));
  });

  test('two tabs with the same expected version: one wins', async () => {
    const { variantIds } = await publish(seller, categoryId);
    const who = await signUp(graph, 'tabs');
    const { cart } = await addToCart(who, [{ variantId: variantIds[0]!, quantity: 1 }]);
    const UPDATE =
      'mutation ($input: CartLinesUpdateInput!) { cartLinesUpdate(input: $input) { cart { version } userErrors { __typename ... on VersionConflictError { currentVersion } } } }';
    const update = (quantity: number) => who.ask(UPDATE, { input: { lines: [{ lineId: cart.lines.nodes[0].id, quantity }], expectedVersion: cart.version } });
    const answers = await Promise.all([update(2), update(3)]);
    const conflicts = answers.flatMap(({ data }) => data.cartLinesUpdate.userErrors);
    expect(conflicts).toEqual([{ __typename: 'VersionConflictError', currentVersion: cart.version + 1 }]);
  });
});

describe('pay', () => {
  test.each(rounds)('the same key ten times at once: one payment, equal answers (round %i)', async () => {
    const { variantIds } = await publish(seller, categoryId, { stock: 5 });
    const { who, cart } = await readyBuyer('payer', [{ variantId: variantIds[0]!, quantity: 1 }]);
    const { orderGroup } = await who.must(CHECKOUT, checkoutInput(cart));
    const input = payInput(orderGroup);
    const answers = await Promise.all(Array.from({ length: 10 }, () => who.ask(PAY, input)));
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size, JSON.stringify(answers)).toBe(1);
    expect(answers[0]?.data.pay.userErrors).toEqual([]);
    const others = await Promise.all(Array.from({ length: 10 }, () => who.ask(PAY, payInput(orderGroup, { idempotencyKey: key() }))));
    expect(new Set(others.map(({ data }) => data.pay.payment?.id)), JSON.stringify(others)).toEqual(new Set([answers[0]?.data.pay.payment.id]));
    const payments = await withDatabases(graph.databasePrefix, (database) =>
      database('order-payment').collection('payment').countDocuments({ groupId: orderGroup.id }),
    );
    expect(payments).toBe(1);
  });
});

test('the books are clean after all of it', async () => {
  expect(await booksOf(graph)).toEqual([]);
});
