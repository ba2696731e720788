import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Actor,
  addCategory,
  addCoupon,
  addToCart,
  applyCoupon,
  CHECKOUT,
  checkoutInput,
  chooseDelivery,
  key,
  openShop,
  publish,
  type Seller,
  signUp,
  staffMember,
  until,
} from './actors.ts';
import { booksOf } from './books.ts';
import { startGraph, type TestGraph, withDatabases } from './graph.ts';
import { rounds } from './rounds.ts';

const CANCEL = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { code message } } }';

let graph: TestGraph;
let seller: Seller;
let variantId: string;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  const staff = await staffMember(graph);
  seller = await openShop(graph, staff, 'coupons');
  const goods = await publish(seller, await addCategory(staff), { prices: [1000], stock: 10_000 });
  [variantId = ''] = goods.variantIds;
});
afterAll(() => graph[Symbol.asyncDispose]());

interface Ready {
  readonly who: Actor;
  readonly cart: any;
}

/** So many buyers, each with two pieces, the coupon and a delivery in the cart. */
async function ready(buyers: readonly Actor[], code: string): Promise<Ready[]> {
  const carts: Ready[] = [];
  for (const who of buyers) {
    await addToCart(who, [{ variantId, quantity: 2 }]);
    await chooseDelivery(who, [seller.merchantId]);
    carts.push({ who, cart: await applyCoupon(who, code) });
  }
  return carts;
}

const someBuyers = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => signUp(graph, `c${index}`)));
const checkOut = async ({ who, cart }: Ready) => (await who.ask(CHECKOUT, checkoutInput(cart))).data.checkout;

const facts = (couponId: string) =>
  withDatabases(graph.databasePrefix, async (database) => {
    const coupon = await database('cart').collection<any>('coupon').findOne({ _id: couponId });
    const held = await database('cart').collection('coupon-use').countDocuments({ couponId, state: 'USED' });
    const orders = await database('order-payment').collection<any>('order').find({ couponIds: couponId, status: 'PENDING_PAYMENT' }).toArray();
    const locked = await database('cart').collection('cart').countDocuments({ state: 'CHECKING_OUT' });
    return { used: coupon.usedCount, held, orders: orders.map(({ totals }) => totals.total), locked };
  });

test.each(rounds)('the last use of a coupon, two checkouts: one at the lower price, the other is told (round %i)', async () => {
  const coupon = await addCoupon(seller, { usageLimit: 1 });
  const answers = await Promise.all((await ready(await someBuyers(2), coupon.code)).map(checkOut));
  expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(1);
  expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ __typename: 'CouponRejectedError', code: 'COUPON_USED_UP' }]);
  expect(await facts(coupon.id)).toEqual({ used: 1, held: 1, orders: [2 * 900 + 800], locked: 0 });
});

test.each(rounds)('seven uses and twenty checkouts: seven orders (round %i)', async () => {
  const coupon = await addCoupon(seller, { usageLimit: 7 });
  const answers = await Promise.all((await ready(await someBuyers(20), coupon.code)).map(checkOut));
  const told = answers.flatMap(({ userErrors }) => userErrors.map(({ code }: any) => code));
  expect([answers.filter(({ orderGroup }) => orderGroup).length, told]).toEqual([7, Array(13).fill('COUPON_USED_UP')]);
  expect(await facts(coupon.id)).toEqual({ used: 7, held: 7, orders: Array(7).fill(2600), locked: 0 });
});

test.each(rounds)('a cancellation frees the use for one of those who want it in the same moment (round %i)', async () => {
  const coupon = await addCoupon(seller, { usageLimit: 1 });
  const [first, ...others] = await ready(await someBuyers(4), coupon.code);
  if (!first) throw new Error('nobody is there');
  const { orderGroup } = await checkOut(first);
  const input = { orderId: orderGroup.orders[0].id, reason: 'CHANGED_MIND', idempotencyKey: key() };
  const [, , ...answers] = await Promise.all([
    first.who.ask(CANCEL, { input }),
    first.who.ask(CANCEL, { input: { ...input, idempotencyKey: key() } }),
    ...others.map(checkOut),
  ]);
  const placed = answers.filter((answer: any) => answer.orderGroup).length;
  expect(placed).toBeLessThanOrEqual(1);
  const seen = await until(async () => {
    const now = await facts(coupon.id);
    return now.used === placed ? now : null;
  });
  expect(seen).toEqual({ used: placed, held: placed, orders: Array(placed).fill(2600), locked: 0 });
});

test.each(rounds)('disabled, applied and checked out in the same moment: an order at the lower price, or none (round %i)', async () => {
  const coupon = await addCoupon(seller);
  const carts = await ready(await someBuyers(4), coupon.code);
  const DISABLE = 'mutation ($id: ID!) { couponDisable(id: $id) { userErrors { code } } }';
  const [, ...answers] = await Promise.all([seller.ask(DISABLE, { id: coupon.id }), ...carts.map(checkOut)]);
  const placed = answers.filter((answer: any) => answer.orderGroup).length;
  const told = answers.flatMap((answer: any) => answer.userErrors.map(({ code }: any) => code));
  expect(told).toEqual(Array(4 - placed).fill('COUPON_DISABLED'));
  expect(await facts(coupon.id)).toEqual({ used: placed, held: placed, orders: Array(placed).fill(2600), locked: 0 });
});

test('the books are clean after all of it', async () => {
  expect(await booksOf(graph)).toEqual([]);
});
