import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer } from '../../test/subgraphs.ts';
import { type PayingShop, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
});
afterAll(() => shop[Symbol.asyncDispose]());

const REFUND = 'refundRequest { id status approvedAmount { amount } } userErrors { code path }';
const MUTATIONS = {
  ask: `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { ${REFUND} } }`,
  approve: `mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { ${REFUND} } }`,
  refund: `mutation ($input: RefundInput!) { refund(input: $input) { ${REFUND} } }`,
  ship: 'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { userErrors { code } } }',
};
const send = (name: keyof typeof MUTATIONS, input: object, who: Identity = tea.owner) =>
  shop.must('order-payment', MUTATIONS[name], { input: { idempotencyKey: key(), ...input } }, who);

const TOO_LOW = { userErrors: [{ code: 'REFUND_TOO_LOW', path: ['input', 'lines', '0', 'amount'] }] };

test('units that never leave go back at what was paid for them, to the minor unit; less may be granted for what has left', async () => {
  const leaf = await shop.addVariant(tea, { price: 999, stock: 10 });
  const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
  const [order] = purchase.orders;
  const [orderId, orderLineId] = [order?.id, order?.lines[0]?.id];
  const lines = (quantity: number, amount?: number) => [{ orderLineId, quantity, ...(amount !== undefined && { amount: { amount, currency: 'CNY' } }) }];
  const { refundRequest } = await send('ask', { orderId, type: 'REFUND_ONLY', reason: 'OTHER', lines: lines(2) }, purchase.who);
  const approve = (amount: number) => send('approve', { id: refundRequest.id, lines: lines(2, amount) });
  const refund = (amount: number) => send('refund', { orderId, reason: 'OTHER', lines: lines(1, amount) });

  expect(await refund(998)).toMatchObject(TOO_LOW);
  expect(await approve(1997)).toMatchObject(TOO_LOW);
  await send('ship', { orderId, carrier: 'SF', trackingNumber: '1', lines: lines(1) });
  expect(await approve(1997)).toMatchObject(TOO_LOW);
  expect(await approve(1998)).toMatchObject({ refundRequest: { status: 'SUCCEEDED', approvedAmount: { amount: 1998 } }, userErrors: [] });
  expect(await refund(1)).toMatchObject({ refundRequest: { approvedAmount: { amount: 1 } }, userErrors: [] });
});

test('a buyer who asks for less is given what he asked for', async () => {
  const leaf = await shop.addVariant(tea, { price: 999, stock: 10 });
  const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
  const [order] = purchase.orders;
  const lines = [{ orderLineId: order?.lines[0]?.id, quantity: 1, amount: { amount: 500, currency: 'CNY' } }];
  const { refundRequest } = await send('ask', { orderId: order?.id, type: 'REFUND_ONLY', reason: 'OTHER', lines }, purchase.who);
  expect(await send('approve', { id: refundRequest.id, lines: [{ ...lines[0], amount: { amount: 499, currency: 'CNY' } }] })).toMatchObject(TOO_LOW);
  expect(await send('approve', { id: refundRequest.id })).toMatchObject({ refundRequest: { approvedAmount: { amount: 500 } } });
});
