import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../test/subgraphs.ts';
import type { Purchase } from './paying.fixture.ts';
import { type SettlingShop, startSettlingShop } from './settlement.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: SettlingShop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startSettlingShop();
  tea = await shop.openMerchant();
});
afterAll(() => shop[Symbol.asyncDispose]());

const ORDER = `order { status paymentStatus fulfilmentStatus allowedActions refundedTotal { amount } refundableTotal { amount }
  lines { shippedQuantity refundedQuantity refundableQuantity refundableAmount { amount } } }`;
const REFUND = `refundRequest { id status approvedAmount { amount } lines { quantity amount { amount } } } ${ORDER} userErrors { code message }`;
const mutations = {
  refundRequestCreate: ['RefundRequestCreateInput', REFUND],
  refundApprove: ['RefundApproveInput', REFUND],
  refundReject: ['RefundRejectInput', REFUND],
  refundArbitrate: ['RefundArbitrateInput', REFUND],
  refund: ['RefundInput', REFUND],
  shipmentCreate: ['ShipmentCreateInput', `${ORDER} userErrors { code message }`],
  orderCancel: ['OrderCancelInput', `${ORDER} userErrors { code message }`],
} as const;

async function ask(field: keyof typeof mutations, input: object, who: Identity): Promise<any> {
  const [type, selection] = mutations[field];
  const document = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`;
  const answer = await shop.must('order-payment', document, { input: { idempotencyKey: key(), ...input } }, who);
  expect(answer.userErrors).toEqual([]);
  return answer;
}
const byId = (field: string, id: string, who: Identity) => shop.must('order-payment', `mutation { ${field}(id: "${id}") { ${REFUND} } }`, {}, who);

const CNY = (amount: number) => ({ amount, currency: 'CNY' });

interface Sold {
  readonly purchase: Purchase;
  readonly leaf: string;
  readonly orderId: string;
  /** So many units of its only line, for so much. */
  part(quantity: number, amount?: number): { lines: object[] };
}

/** Three for 1000 each, and a delivery for 800, of ten in stock; some of them are on their way. */
async function sellThree(shipped = 0): Promise<Sold> {
  const leaf = await shop.addVariant(tea, { price: 1000, stock: 10 });
  const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
  const [order] = purchase.orders;
  if (!order) throw new Error('nothing was ordered');
  const part: Sold['part'] = (quantity, amount) => ({
    lines: [{ orderLineId: order.lines[0]?.id, quantity, ...(amount !== undefined && { amount: CNY(amount) }) }],
  });
  const sold = { purchase, leaf, orderId: order.id, part };
  if (shipped > 0) await ship(sold, shipped);
  return sold;
}

const ship = ({ orderId, part }: Sold, quantity?: number) =>
  ask('shipmentCreate', { orderId, carrier: 'SF', trackingNumber: 'SF1', ...(quantity !== undefined && part(quantity)) }, tea.owner);
const request = ({ orderId, purchase, part }: Sold, quantity: number, { type = 'REFUND_ONLY', amount }: { type?: string; amount?: number } = {}) =>
  ask('refundRequestCreate', { orderId, type, reason: 'LATE', ...part(quantity, amount) }, purchase.who);
const give = ({ orderId, part }: Sold, quantity: number, amount?: number) => ask('refund', { orderId, reason: 'LATE', ...part(quantity, amount) }, tea.owner);
const cancel = ({ orderId, purchase }: Sold) => ask('orderCancel', { orderId, reason: 'CHANGED_MIND' }, purchase.who);
const paymentOf = async ({ purchase: { groupId } }: Sold) => (await shop.rows('payment', { groupId }))[0];

/** The request of so many units, granted with so much. */
async function granted(sold: Sold, quantity: number, amount: number, type?: string) {
  const { refundRequest } = await request(sold, quantity, { ...(type && { type }) });
  return ask('refundApprove', { id: refundRequest.id, ...sold.part(quantity, amount) }, tea.owner);
}

/** Cancelled and paid back to the minor unit, with nothing held. */
async function expectAllBack(sold: Sold): Promise<void> {
  const order = await shop.until(async () => {
    const found = await shop.order(sold.orderId);
    return found.refundPendingTotal === 0 && found;
  });
  expect(order).toMatchObject({ status: 'CANCELLED', paymentStatus: 'REFUNDED', refundedTotal: 3800, lines: [{ refundedAmount: 3000, releasedQuantity: 3 }] });
  expect(await paymentOf(sold)).toMatchObject({ refunded: 3800, refundPending: 0 });
  expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 10, available: 10, reserved: 0 });
}

describe('less than units cost that were not shipped', () => {
  test.each([
    ['PAID', false],
    ['PROCESSING', true],
  ])('leaves an order %s, whose goods are still delivered', async (status, isAccepted) => {
    const sold = await sellThree();
    if (isAccepted) await shop.must('order-payment', `mutation { orderAccept(orderId: "${sold.orderId}") { userErrors { code } } }`, {}, tea.owner);
    expect(await granted(sold, 3, 1)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED', approvedAmount: { amount: 1 }, lines: [{ quantity: 3, amount: { amount: 1 } }] },
      order: {
        status,
        paymentStatus: 'PARTIALLY_REFUNDED',
        refundedTotal: { amount: 1 },
        refundableTotal: { amount: 3799 },
        lines: [{ refundedQuantity: 0, refundableQuantity: 3, refundableAmount: { amount: 2999 } }],
      },
    });
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 10, available: 7, reserved: 3 });
    expect(await ship(sold)).toMatchObject({ order: { status: 'SHIPPED', lines: [{ shippedQuantity: 3 }] } });
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 7, available: 7, reserved: 0 });
    expect(await shop.rows('outbox', { subjectId: sold.orderId, topic: 'order.line_refunded' })).toEqual([]);
  });

  test.each([
    ['is back', 500],
    ['is on its way, which takes more than one attempt', 513],
  ])('can be followed by a cancellation of the rest, when it %s', async (_name, amount) => {
    const sold = await sellThree();
    const { refundRequest, order } = await granted(sold, 2, amount);
    expect(refundRequest).toMatchObject({ status: amount === 513 ? 'FAILED' : 'SUCCEEDED' });
    expect(order.allowedActions).toContain('CANCEL');
    expect(await cancel(sold)).toMatchObject({ order: { status: 'CANCELLED', refundableTotal: { amount: 0 } } });
    await expectAllBack(sold);
  });

  test('may be given again and again, and then what is left in full', async () => {
    const sold = await sellThree();
    await give(sold, 3, 1000);
    expect(await give(sold, 2, 999)).toMatchObject({ order: { status: 'PAID', lines: [{ refundedQuantity: 0, refundableAmount: { amount: 1001 } }] } });
    expect(await give(sold, 1)).toMatchObject({ order: { status: 'PAID', lines: [{ refundedQuantity: 1, refundableQuantity: 2 }] } });
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 10, available: 8, reserved: 2 });
    const last = { orderId: sold.orderId, reason: 'LATE', ...sold.part(2), shippingAmount: CNY(800) };
    expect(await ask('refund', last, tea.owner)).toMatchObject({ refundRequest: { approvedAmount: { amount: 801 } }, order: { status: 'CANCELLED' } });
    await expectAllBack(sold);
  });

  test('may leave units without money, which are delivered or called off, and not offered to be paid back', async () => {
    const [kept, sent] = [await sellThree(), await sellThree()];
    for (const sold of [kept, sent]) {
      await give(sold, 3, 2000);
      const { order } = await ask('refund', { orderId: sold.orderId, reason: 'LATE', ...sold.part(1), shippingAmount: CNY(800) }, tea.owner);
      expect(order).toMatchObject({ status: 'PAID', paymentStatus: 'REFUNDED', lines: [{ refundableQuantity: 2, refundableAmount: { amount: 0 } }] });
      expect(order.allowedActions).not.toContain('REFUND');
    }
    await cancel(kept);
    await expectAllBack(kept);
    expect(await ship(sent)).toMatchObject({ order: { status: 'SHIPPED', lines: [{ shippedQuantity: 2 }] } });
    expect(await shop.levelOf(sent.leaf)).toEqual({ onHand: 8, available: 8, reserved: 0 });
  });

  test('is what the buyer asks for himself, and the clock approves', async () => {
    const sold = await sellThree();
    const { refundRequest } = await request(sold, 3, { amount: 900 });
    await shop
      .running('order-payment')
      .runtime.database.collection<any>('jobs')
      .updateOne({ _id: `refund-auto-approval|${refundRequest.id}` }, { $set: { runAt: new Date() } });
    await shop.until(async () => (await shop.rows('refund-request', { _id: refundRequest.id, status: 'SUCCEEDED' }))[0]);
    expect(await shop.order(sold.orderId)).toMatchObject({ status: 'PAID', refundedTotal: 900, lines: [{ refundedQuantity: 0, releasedQuantity: 0 }] });
    await cancel(sold);
    await expectAllBack(sold);
  });

  test('is what the platform grants', async () => {
    const sold = await sellThree();
    const { refundRequest } = await request(sold, 3);
    const { id } = refundRequest;
    await ask('refundReject', { id, reason: 'It comes tomorrow.' }, tea.owner);
    await shop.must(
      'order-payment',
      'mutation ($input: RefundEscalateInput!) { refundEscalate(input: $input) { userErrors { code } } }',
      { input: { id, statement: 'It did not.' } },
      sold.purchase.who,
    );
    const heard = { id, approve: true, reason: 'A part of it.', ...sold.part(2, 1999) };
    expect(await ask('refundArbitrate', heard, staff('refunds:arbitrate'))).toMatchObject({
      refundRequest: { status: 'SUCCEEDED' },
      order: { status: 'PAID', lines: [{ refundedQuantity: 0, refundableQuantity: 3, refundableAmount: { amount: 1001 } }] },
    });
    await cancel(sold);
    await expectAllBack(sold);
  });

  test('needs no return', async () => {
    const sold = await sellThree();
    expect(await granted(sold, 2, 900, 'RETURN_AND_REFUND')).toMatchObject({ refundRequest: { status: 'SUCCEEDED' }, order: { status: 'PAID' } });
    await cancel(sold);
    await expectAllBack(sold);
  });
});

describe('less than units cost of which some were shipped', () => {
  test('without a return, uses up the shipped ones, and the others are still delivered', async () => {
    const sold = await sellThree(2);
    expect(await granted(sold, 2, 900)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED' },
      order: { status: 'PROCESSING', lines: [{ refundedQuantity: 1, refundableQuantity: 2, refundableAmount: { amount: 2000 } }] },
    });
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 8, available: 7, reserved: 1 });
    expect(await ship(sold)).toMatchObject({ order: { status: 'SHIPPED', lines: [{ shippedQuantity: 3 }] } });
  });

  test.each([
    ['', false],
    [', granted before owed units were kept', true],
  ])('with a return, puts on sale again only what comes back%s', async (_name, isOld) => {
    const sold = await sellThree(1);
    const { refundRequest } = await granted(sold, isOld ? 1 : 2, 900, 'RETURN_AND_REFUND');
    const { id } = refundRequest;
    expect(refundRequest).toMatchObject({ status: 'AWAITING_RETURN' });
    const requests = shop.running('order-payment').runtime.database.collection<any>('refund-request');
    if (isOld) await requests.updateOne({ _id: id }, { $unset: { 'lines.0.owedQuantity': 1 } });
    expect(await shop.order(sold.orderId)).toMatchObject({ lines: [{ refundPendingQuantity: 1, refundPendingAmount: 900, releasedQuantity: 0 }] });
    // What is still owed leaves while the other unit is on its way back.
    await ship(sold);
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 7, available: 7, reserved: 0 });
    await shop.must(
      'order-payment',
      'mutation ($input: RefundReturnShippedInput!) { refundReturnShipped(input: $input) { userErrors { code } } }',
      { input: { id, carrier: 'SF', trackingNumber: 'SF9' } },
      sold.purchase.who,
    );
    expect(await byId('refundReturnReceived', id, tea.owner)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED' },
      order: { lines: [{ refundedQuantity: 1, refundableQuantity: 2, refundableAmount: { amount: 2000 } }] },
    });
    expect(await shop.levelOf(sold.leaf)).toEqual({ onHand: 8, available: 8, reserved: 0 });
  });

  test('of shipped ones alone, is all there is for them', async () => {
    const sold = await sellThree(3);
    expect(await granted(sold, 2, 600)).toMatchObject({
      refundRequest: { status: 'SUCCEEDED' },
      order: { status: 'SHIPPED', refundedTotal: { amount: 600 }, lines: [{ refundedQuantity: 2, refundableQuantity: 1, refundableAmount: { amount: 1000 } }] },
    });
    expect(await give(sold, 1, 1)).toMatchObject({ order: { refundableTotal: { amount: 800 }, lines: [{ refundedQuantity: 3, refundableQuantity: 0 }] } });
  });
});

test('the books are clean', async () => {
  await shop.settle();
  expect(await shop.brokenBooks()).toEqual([]);
});
