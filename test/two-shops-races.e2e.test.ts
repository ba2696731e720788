import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Actor,
  addCategory,
  addToCart,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  key,
  openShop,
  PAY,
  payInput,
  pressOnPage,
  publish,
  type Seller,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import { booksOf } from './books.ts';
import { type Answered, startGraph, type TestGraph, withDatabases } from './graph.ts';
import { rounds } from './rounds.ts';

/** Two processes of the same shop: what one cannot see of the other's memory, the database has to settle. */
const BUYERS = 12;

let first: TestGraph;
let second: TestGraph;
let seller: Seller;
let categoryId: string;
beforeAll(async () => {
  first = await startGraph({ topology: 'embedded' });
  second = await startGraph({ topology: 'embedded', environment: { DATABASE_PREFIX: first.databasePrefix } });
  const staff = await staffMember(first);
  seller = await openShop(first, staff, 'twice');
  categoryId = await addCategory(staff);
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

interface Ready {
  readonly who: Actor;
  readonly cart: any;
}

async function ready(variantId: string, quantity = 1): Promise<Ready> {
  const who = await signUp(first, 'twice');
  await addToCart(who, [{ variantId, quantity }]);
  return { who, cart: await chooseDelivery(who, [seller.merchantId]) };
}

const shopOf = (index: number): TestGraph => (index % 2 === 0 ? first : second);
const askAt = (graph: TestGraph, { token }: Actor, query: string, variables: object): Promise<Answered> => graph.query(query, variables, { token });
const inOrders = (read: (collection: (name: string) => any) => Promise<any>): Promise<any> =>
  withDatabases(first.databasePrefix, (database) => read((name) => database('order-payment').collection(name)));
const levelOf = (variantId: string) =>
  withDatabases(first.databasePrefix, (database) => database('product').collection<any>('inventory-level').findOne({ variantId }));

test.each(rounds)('twelve buyers of five at two doors: five get one (round %i)', async () => {
  const { variantIds } = await publish(seller, categoryId, { prices: [1990], stock: 5 });
  const buyers = await Promise.all(Array.from({ length: BUYERS }, () => ready(variantIds[0]!)));
  const answers = await Promise.all(buyers.map(({ who, cart }, index) => askAt(shopOf(index), who, CHECKOUT, checkoutInput(cart))));
  expect(answers.find(({ errors }) => errors)?.errors).toBeUndefined();
  const outcomes = answers.map(({ data }) => data.checkout.userErrors[0]?.__typename ?? 'placed');
  expect(outcomes.filter((outcome) => outcome === 'placed')).toHaveLength(5);
  expect(new Set(outcomes)).toEqual(new Set(['placed', 'InsufficientStockError']));
  expect(await levelOf(variantIds[0]!)).toMatchObject({ onHand: 5, reserved: 5, available: 0 });
});

test.each(rounds)('one cart at two doors, with one key and with two: one purchase (round %i)', async () => {
  const { variantIds } = await publish(seller, categoryId, { prices: [1990], stock: 5 });
  const one = await ready(variantIds[0]!);
  const input = checkoutInput(one.cart);
  const same = await Promise.all(Array.from({ length: 6 }, (_, index) => askAt(shopOf(index), one.who, CHECKOUT, input)));
  expect(new Set(same.map(({ data }) => JSON.stringify(data))).size, JSON.stringify(same)).toBe(1);
  const two = await ready(variantIds[0]!);
  const others = await Promise.all(Array.from({ length: 4 }, (_, index) => askAt(shopOf(index), two.who, CHECKOUT, checkoutInput(two.cart))));
  expect(
    others.filter(({ data }) => data?.checkout.orderGroup),
    JSON.stringify(others),
  ).toHaveLength(1);
  expect(await levelOf(variantIds[0]!)).toMatchObject({ onHand: 5, reserved: 2, available: 3 });
});

test.each(rounds)('due purchases expire once, however many sweep, and those that are paid meanwhile are paid (round %i)', async () => {
  const { variantIds } = await publish(seller, categoryId, { prices: [1990], stock: 50 });
  const groups = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const { who, cart } = await ready(variantIds[0]!, 2);
      const { orderGroup } = await who.must(CHECKOUT, checkoutInput(cart));
      const { data } = await askAt(shopOf(index), who, PAY, payInput(orderGroup));
      return { id: orderGroup.id as string, page: data.pay.payment.nextAction.content as string };
    }),
  );
  const ids = groups.map(({ id }) => id);
  await Promise.all([
    inOrders(async (collection) => {
      await collection('order-group').updateMany({ _id: { $in: ids } }, { $set: { expiresAt: new Date() } });
      await collection('jobs').updateMany({ _id: { $in: ids.map((id) => `group-expiry|${id}`) } }, { $set: { runAt: new Date() } });
    }),
    ...groups.slice(0, 5).map(({ page }) => pressOnPage(page)),
  ]);
  const ended = await until(async () => {
    const found = await inOrders((collection) =>
      collection('order-group')
        .find({ _id: { $in: ids } })
        .toArray(),
    );
    return found.every(({ status }: any) => status !== 'PENDING_PAYMENT') ? found : null;
  }, 30_000);
  const paid = ended.filter(({ status }: any) => status === 'PAID').length;
  expect(ended.filter(({ status }: any) => status === 'EXPIRED')).toHaveLength(10 - paid);
  expect(await until(async () => ((await levelOf(variantIds[0]!))?.['reserved'] === 2 * paid ? 'given back once' : null))).toBe('given back once');
  const told = await inOrders((collection) => collection('outbox').countDocuments({ topic: 'order.expired', 'data.groupId': { $in: ids } }));
  expect(told).toBe(10 - paid);
});

test.each(rounds)('one refund key at two doors pays back once; two keys stay within the cap (round %i)', async () => {
  const { variantIds } = await publish(seller, categoryId, { prices: [1000], stock: 5 });
  const { who, cart } = await ready(variantIds[0]!, 4);
  const { orderGroup } = await who.must(CHECKOUT, checkoutInput(cart));
  const { payment } = await who.must(PAY, payInput(orderGroup));
  await pressOnPage(payment.nextAction.content);
  const [order] = orderGroup.orders;
  await until(async () => (await inOrders((collection) => collection('order').findOne({ _id: order.id }))).status === 'PAID');
  const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id } userErrors { code } } }';
  const input = (idempotencyKey: string, quantity: number) => ({
    input: { orderId: order.id, lines: [{ orderLineId: order.lines[0].id, quantity }], reason: 'OTHER', idempotencyKey },
  });
  const one = key();
  const same = await Promise.all(Array.from({ length: 6 }, (_, index) => askAt(shopOf(index), seller, REFUND, input(one, 1))));
  expect(new Set(same.map(({ data }) => data?.refund.refundRequest?.id)).size, JSON.stringify(same)).toBe(1);
  const both = await Promise.all([0, 1].map((index) => askAt(shopOf(index), seller, REFUND, input(key(), 2))));
  expect(both.map(({ data }) => data.refund.userErrors[0]?.code ?? 'done').sort()).toEqual(['REFUND_LIMIT', 'done']);
  const refunded = await until(async () => {
    const row = await inOrders((collection) => collection('payment').findOne({ _id: payment.id }));
    return row.refundPending === 0 ? row.refunded : null;
  });
  expect(refunded).toBe(3000);
});

test('the books are clean after all of it', async () => {
  expect(await booksOf(first)).toEqual([]);
});
