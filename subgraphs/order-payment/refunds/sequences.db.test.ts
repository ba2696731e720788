import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, staff } from '../../../test/subgraphs.ts';
import { type Random, streamOf } from '../../../test/random.ts';
import { shippable } from '../fulfilment/domain.ts';
import { type PayingShop, type Purchase, startPayingShop } from '../paying.fixture.ts';
import { key, type ShopMerchant } from '../shop.fixture.ts';

const SEQUENCES = 3;
const BURSTS = 9;
/** Of which the company refuses the first attempt, takes its time, and pays back at once. */
const PRICES = [1013, 1017, 999];

let shop: PayingShop;
let merchants: ShopMerchant[];
beforeAll(async () => {
  shop = await startPayingShop({ JOBS_POLL_SECONDS: '0.2' });
  merchants = [await shop.openMerchant(), await shop.openMerchant()];
});
afterAll(() => shop[Symbol.asyncDispose]());

const REQUEST = 'refundRequest { id status } userErrors { code message }';
const MUTATIONS = {
  refundRequestCreate: 'RefundRequestCreateInput',
  refundApprove: 'RefundApproveInput',
  refundReject: 'RefundRejectInput',
  refundEscalate: 'RefundEscalateInput',
  refundArbitrate: 'RefundArbitrateInput',
  refund: 'RefundInput',
  shipmentCreate: 'ShipmentCreateInput',
  orderCancel: 'OrderCancelInput',
} as const;
/** Another may have been quicker. */
const EXPECTED = ['REFUND_LIMIT', 'INVALID_STATE', 'QUANTITY_EXCEEDED', 'INVALID', 'REFUND_UNDER_WAY'];

async function ask(field: keyof typeof MUTATIONS, input: object, who: Identity): Promise<string | null> {
  const selection = field === 'shipmentCreate' || field === 'orderCancel' ? 'userErrors { code message }' : REQUEST;
  const document = `mutation ($input: ${MUTATIONS[field]}!) { ${field}(input: $input) { ${selection} } }`;
  const { userErrors } = await shop.must('order-payment', document, { input: { ...(field !== 'refundEscalate' && { idempotencyKey: key() }), ...input } }, who);
  const code: string | null = userErrors[0]?.code ?? null;
  if (code !== null) expect(EXPECTED, JSON.stringify(userErrors)).toContain(code);
  return code;
}

/** A purchase of two merchants, of which each line cost a little less than its units: the remainder of a discount. */
async function sold(): Promise<Purchase> {
  const lines = [];
  for (const [index, merchant] of merchants.entries())
    for (const quantity of [3, 2])
      lines.push({ variantId: await shop.addVariant(merchant, { price: PRICES[(index + quantity) % 3] ?? 0, stock: 50 }), quantity });
  const purchase = await shop.buy(buyer(), lines, merchants);
  const orders = shop.running('order-payment').runtime.database.collection<any>('order');
  for (const { id, lines: bought } of purchase.orders) {
    const discounted = Object.fromEntries(
      bought.flatMap((_, index) => Object.entries({ total: -1, discount: 1 }).map(([name, by]) => [`lines.${index}.${name}`, by])),
    );
    await orders.updateOne({ _id: id }, { $inc: { ...discounted, 'totals.total': -bought.length, 'totals.discount': bought.length } });
  }
  const off = lines.length;
  const groups = shop.running('order-payment').runtime.database.collection<any>('order-group');
  await groups.updateOne({ _id: purchase.groupId }, { $inc: { 'totals.total': -off, 'totals.discount': off } });
  const discounted = { ...purchase, total: { ...purchase.total, amount: purchase.total.amount - off } };
  await shop.payBy(discounted, 'pay');
  await shop.until(async () => (await shop.rows('order-group', { _id: purchase.groupId, status: 'PAID' }))[0]);
  return discounted;
}

const ordersOf = ({ groupId }: Purchase) => shop.rows('order', { groupId });
const requestsOf = async (purchase: Purchase) => shop.rows('refund-request', { orderId: { $in: purchase.orders.map(({ id }) => id) } });
const ownerOf = (order: any): Identity => merchants.find(({ merchantId }) => merchantId === order.merchantId)?.owner ?? expect.fail('whose order is it?');
const left = (line: any): number => line.quantity - line.refundedQuantity - line.refundPendingQuantity;

async function expectWithin(purchase: Purchase): Promise<void> {
  const orders = await ordersOf(purchase);
  for (const { lines, totals, refundedTotal, refundPendingTotal } of orders) {
    expect(refundedTotal + refundPendingTotal).toBeLessThanOrEqual(totals.total);
    for (const line of lines) expect([left(line) >= 0, line.refundedAmount + line.refundPendingAmount <= line.total]).toEqual([true, true]);
  }
  const [payment] = await shop.rows('payment', { groupId: purchase.groupId, captured: { $ne: null } });
  expect(payment.refunded + payment.refundPending).toBeLessThanOrEqual(payment.captured);
}

/** One thing that somebody does with one of the orders, or with a request that is open. */
async function act(purchase: Purchase, random: Random, mayLower: boolean): Promise<unknown> {
  const order = random.pick(await ordersOf(purchase));
  const requests = (await requestsOf(purchase)).filter(({ status }) => ['REQUESTED', 'REJECTED', 'ESCALATED'].includes(status));
  const line = random.pick<any>(order.lines);
  const lower = (quantity: number) => mayLower && random.chance(0.5) && { amount: { amount: 1 + random.upTo(quantity * line.unitPrice), currency: 'CNY' } };
  const quantity = Math.max(1, Math.ceil(random.next() * left(line)));
  const lines = [{ orderLineId: line.id, quantity, ...lower(quantity) }];
  if (requests.length === 0 || random.chance(0.5)) {
    if (!mayLower && random.chance(0.15))
      return ask(
        'shipmentCreate',
        { orderId: order._id, carrier: 'SF', trackingNumber: 'SF1', lines: [{ orderLineId: line.id, quantity: 1 }] },
        ownerOf(order),
      );
    if (random.chance(0.4)) return ask('refund', { orderId: order._id, lines, reason: 'OTHER' }, ownerOf(order));
    return ask('refundRequestCreate', { orderId: order._id, type: 'REFUND_ONLY', reason: 'OTHER', lines, includeShipping: random.chance(0.2) }, purchase.who);
  }
  const request = random.pick(requests);
  const owner = ownerOf(request);
  const { _id: id } = request;
  if (request.status === 'REJECTED') return ask('refundEscalate', { id, statement: 'It was not.' }, purchase.who);
  if (request.status === 'ESCALATED') return ask('refundArbitrate', { id, approve: random.chance(0.7), reason: 'heard' }, staff('refunds:arbitrate'));
  const fewer = request.lines.map(({ orderLineId, quantity: asked }: any) => {
    const granted = Math.ceil(random.next() * asked);
    return { orderLineId, quantity: granted, ...lower(granted) };
  });
  return random.chance(0.6)
    ? ask('refundApprove', { id, ...(random.chance(0.3) && { lines: fewer }) }, owner)
    : ask('refundReject', { id, reason: 'No.' }, owner);
}

async function settledPayment({ groupId }: Purchase): Promise<any> {
  return shop.until(async () => {
    const [payment] = await shop.rows('payment', { groupId, captured: { $ne: null } });
    return payment.refundPending === 0 ? payment : null;
  });
}

/** What is left of an order is given back in one piece, or called off. */
async function payBackTheRest(order: any, isCalledOff: boolean): Promise<void> {
  const lines = order.lines.filter((line: any) => left(line) > 0).map((line: any) => ({ orderLineId: line.id, quantity: left(line) }));
  const shipping = order.totals.shipping - order.refundedShipping;
  if (lines.length === 0 && shipping === 0) return;
  const problem =
    isCalledOff && order.status === 'PAID'
      ? await ask('orderCancel', { orderId: order._id, reason: 'OTHER' }, ownerOf(order))
      : await ask('refund', { orderId: order._id, lines, shippingAmount: { amount: shipping, currency: 'CNY' }, reason: 'OTHER' }, ownerOf(order));
  expect(problem).toBeNull();
}

const COURSES = [
  ['whole units, some shipped', false],
  ['lowered amounts, nothing shipped', true],
] as const;

test.each(COURSES.flatMap(([name, mayLower]) => Array.from({ length: SEQUENCES }, (_, index) => [name, index + 1, mayLower] as const)))(
  'random refunds of two orders (%s), several at once, never exceed what was paid and end exactly at it (sequence %i)',
  { timeout: 120_000 },
  async (_name, sequence, mayLower) => {
    const random = streamOf(sequence, 0);
    const purchase = await sold();
    for (let burst = 0; burst < BURSTS; burst++) {
      await Promise.all(Array.from({ length: 1 + (burst % 3) }, () => act(purchase, random, mayLower)));
      await expectWithin(purchase);
    }
    for (const request of await requestsOf(purchase)) {
      if (request.status === 'REQUESTED') await ask('refundReject', { id: request._id, reason: 'No.' }, ownerOf(request));
      if (request.status === 'ESCALATED') await ask('refundArbitrate', { id: request._id, approve: false, reason: 'No.' }, staff('refunds:arbitrate'));
    }
    await settledPayment(purchase);
    for (const order of await ordersOf(purchase)) await payBackTheRest(order, mayLower && random.chance(0.5));
    const payment = await settledPayment(purchase);
    expect(payment.refunded).toBe(payment.captured);
    for (const { status, lines, totals, refundedTotal, paymentStatus } of await ordersOf(purchase)) {
      if (mayLower) expect([status, ...lines.map(shippable)]).toEqual(['CANCELLED', ...lines.map(() => 0)]);
      expect([refundedTotal, paymentStatus]).toEqual([totals.total, 'REFUNDED']);
      expect(lines.map(({ refundedAmount }: any) => refundedAmount)).toEqual(lines.map(({ total }: any) => total));
    }
  },
);
