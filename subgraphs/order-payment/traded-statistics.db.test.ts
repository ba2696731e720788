import { afterAll, beforeAll, expect, test } from 'vitest';
import { buyer, staff } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { expireDueGroup } from './payments/expiry.ts';
import { press } from './payments/providers/sandbox.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';
import { recount } from './statistics.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const collection = (name: string) => shop.running('order-payment').runtime.database.collection<any>(name);
const context = () => shop.running('order-payment').runtime.systemContext() as Context;
const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id } userErrors { code } } }';
const STATISTICS = `query ($input: StatisticsInput!) { platformStatistics(input: $input) { grossSales { amount } refunds { amount } netSales { amount }
  paidOrders unitsSold averageOrderValue { amount } refundRateBps expiredOrders uniqueBuyers byPaymentMethod { method orders amount { amount } } } }`;

/** Its time is over, without the provider being asked. */
async function expire({ groupId }: Purchase): Promise<void> {
  const expiresAt = new Date(Date.now() - 1);
  await collection('payment').updateMany({ groupId }, { $set: { status: 'EXPIRED' } });
  await collection('order-group').updateOne({ _id: groupId }, { $set: { expiresAt } });
  await expireDueGroup(context(), { subjectId: groupId, now: new Date() });
}

test('money that came late, twice or wrong counts as far as it paid for something, and as what was paid back of that', async () => {
  const leaf = await shop.addVariant(tea, { price: 1000, stock: 100 });
  const buy = (quantity: number) => shop.buy(buyer(), [{ variantId: leaf, quantity }], [tea]);
  const sold = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
  const [order] = sold.orders;
  const lines = [{ orderLineId: order?.lines[0]?.id, quantity: 1 }];
  await shop.must('order-payment', REFUND, { input: { orderId: order?.id, lines, reason: 'OTHER', idempotencyKey: key() } }, tea.owner);

  const revived = await buy(2);
  const { payment } = await shop.pay(revived);
  await expire(revived);
  await press(payment.nextAction.content, 'pay');
  await shop.until(async () => (await shop.rows('payment-anomaly', { groupId: revived.groupId, resolution: 'ORDER_REVIVED' }))[0]);

  const wrong = await buy(1);
  await shop.payBy(wrong, 'wrong-amount');
  await shop.until(async () => (await shop.rows('payment-anomaly', { groupId: wrong.groupId, resolution: 'AUTO_REFUNDED' }))[0]);
  await expire(await buy(4));
  await shop.payBy(await buy(1), 'twice');
  await shop.settle();
  await shop.until(async () => (await shop.rows('order', { status: 'PAID' })).length === 3);

  const [from, to] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
  const period = { timeZone: 'Asia/Shanghai', currency: 'CNY' };
  const seen = await shop.must(
    'order-payment',
    STATISTICS,
    { input: { range: { from: from.toISOString(), to: to.toISOString() }, ...period } },
    staff('stats:platform'),
  );
  const books = { orders: await shop.rows('order', {}), refunds: await shop.rows('refund-request', {}) };
  const counted = recount(books, { merchantId: null, from, to, ...period });
  expect(seen).toEqual({
    grossSales: { amount: counted.grossSales },
    refunds: { amount: counted.refunds },
    netSales: { amount: counted.netSales },
    paidOrders: counted.paidOrders,
    unitsSold: counted.unitsSold,
    averageOrderValue: { amount: counted.averageOrderValue },
    refundRateBps: counted.refundRateBps,
    expiredOrders: counted.expiredOrders,
    uniqueBuyers: counted.uniqueBuyers,
    byPaymentMethod: [{ method: 'ALIPAY', orders: 3, amount: { amount: counted.grossSales } }],
  });
  // Three orders with 800 of delivery each, six units in all, one of which went back; one order expired for good.
  expect([counted.grossSales, counted.refunds, counted.unitsSold, counted.expiredOrders, counted.uniqueBuyers]).toEqual([8_400, 1_000, 6, 1, 3]);
});
