import { afterAll, beforeAll, expect, test } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type PayingShop, startPayingShop } from './paying.fixture.ts';
import { accept } from './refunds/notifications.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
});
afterAll(() => shop[Symbol.asyncDispose]());

const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id } userErrors { code path } } }';
const anomaliesOf = (paymentId: string) => shop.rows('payment-anomaly', { paymentId });
const paymentOf = async (id: string) => (await shop.rows('payment', { _id: id }))[0];

/** The provider says that the first attempt of an execution failed, so many times at once. */
function fail(paymentId: string, executionId: string, times: number) {
  const context = shop.running('order-payment').runtime.systemContext() as Context;
  const refund = { refundKey: `${executionId}-1`, status: 'FAILED' as const, reference: 're_1', amount: 1000, currency: 'CNY' };
  const told = Array.from({ length: times }, (_, index) => ({ kind: 'REFUND' as const, eventId: `evt_${executionId}_${index}`, paymentId, refund }));
  return Promise.all(told.map((notification) => accept(context, 'sandbox', notification)));
}

test('a refund that had succeeded and fails afterwards is money that came back: an anomaly, once, and paid back anew', async () => {
  const leaf = await shop.addVariant(tea, { price: 1000, stock: 10 });
  const { groupId, orders } = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
  const [order] = orders;
  const lines = [{ orderLineId: order?.lines[0]?.id, quantity: 1 }];
  const input = { orderId: order?.id, lines, reason: 'OTHER', idempotencyKey: key() };
  const { refundRequest } = await shop.must('order-payment', REFUND, { input }, tea.owner);
  const [{ executionId, paymentId }] = await shop.rows('refund-request', { _id: refundRequest.id });

  await fail(paymentId, executionId, 5);
  const money = { kind: 'REFUND_FAILED', amount: 1000, currency: 'CNY', expectedAmount: null, groupId };
  expect(await anomaliesOf(paymentId)).toEqual([expect.objectContaining(money)]);
  await shop.settle();
  expect(await anomaliesOf(paymentId)).toEqual([expect.objectContaining({ ...money, resolution: 'AUTO_REFUNDED' })]);
  expect(await paymentOf(paymentId)).toMatchObject({ refunded: 1000, refundPending: 0 });
  expect(await shop.order(order?.id ?? '')).toMatchObject({ refundedTotal: 1000, refundPendingTotal: 0 });

  const [{ _id: anomalyId }] = await anomaliesOf(paymentId);
  await fail(paymentId, executionId, 1);
  await fail(paymentId, anomalyId, 2);
  await shop.settle();
  const settled = ['REFUND_FAILED', 'AUTO_REFUNDED'];
  expect((await anomaliesOf(paymentId)).map(({ kind, resolution }) => [kind, resolution])).toEqual([settled, settled]);
  expect(await paymentOf(paymentId)).toMatchObject({ refunded: 1000, refundPending: 0 });
});
