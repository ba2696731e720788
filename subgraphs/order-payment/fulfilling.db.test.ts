import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer } from '../../test/subgraphs.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
let cups: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop({ ORDER_AUTO_COMPLETE_SECONDS: '2' });
  [tea, cups] = [await shop.openMerchant(), await shop.openMerchant()];
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const SHIPMENT =
  'shipment { id status trackingUrl deliveredAt lines { quantity line { id } } events { status description place } } order { id status fulfilmentStatus autoCompleteAt shipments { id } lines { shippedQuantity } timeline { type } } userErrors { __typename code path ... on InvalidStateError { currentState } }';
const ship = (orderId: string, who: Identity, more: object = {}) =>
  shop.must(
    'order-payment',
    `mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { ${SHIPMENT} } }`,
    { input: { orderId, carrier: 'SF Express', trackingNumber: 'SF1', idempotencyKey: key(), ...more } },
    who,
  );
const track = (shipmentId: string, status: string, who: Identity, more: object = {}) =>
  shop.must(
    'order-payment',
    `mutation ($input: ShipmentTrackingUpdateInput!) { shipmentTrackingUpdate(input: $input) { ${SHIPMENT} } }`,
    { input: { shipmentId, status, at: new Date(Date.now() - 1000).toISOString(), description: status, ...more } },
    who,
  );
const pickup = (call: string, who: Identity) =>
  shop.must('order-payment', `mutation { ${call} { order { status fulfilmentStatus } userErrors { code path } } }`, {}, who);

async function sell(quantity: number): Promise<{ purchase: Purchase; leaf: string; orderId: string; lineId: string }> {
  const leaf = await shop.addVariant(tea, { price: 1000, stock: 10 });
  const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity }], [tea]);
  const [order] = purchase.orders;
  return { purchase, leaf, orderId: order?.id ?? '', lineId: order?.lines[0]?.id ?? '' };
}

describe('shipping', () => {
  test('in two parcels accepts, then ships; the stock leaves with each parcel', async () => {
    const { purchase, leaf, orderId, lineId } = await sell(3);
    const first = await ship(orderId, tea.owner, { lines: [{ orderLineId: lineId, quantity: 1 }] });
    expect(first).toMatchObject({
      shipment: { status: 'SHIPPED', trackingUrl: expect.stringContaining('SF1'), lines: [{ quantity: 1, line: { id: lineId } }] },
      order: { status: 'PROCESSING', fulfilmentStatus: 'PARTIALLY_SHIPPED', lines: [{ shippedQuantity: 1 }] },
      userErrors: [],
    });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 9, available: 7, reserved: 2 });
    const last = await ship(orderId, tea.owner);
    expect(last.order).toMatchObject({ status: 'SHIPPED', fulfilmentStatus: 'SHIPPED', shipments: [{ id: first.shipment.id }, { id: last.shipment.id }] });
    expect(last.order.timeline.map(({ type }: any) => type)).toEqual(['PLACED', 'PAID', 'PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED']);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 7, available: 7, reserved: 0 });
    expect((await ship(orderId, tea.owner)).userErrors).toMatchObject([{ code: 'INVALID_STATE', currentState: 'SHIPPED' }]);

    expect(await track(first.shipment.id, 'DELIVERED', tea.owner)).toMatchObject({ shipment: { status: 'DELIVERED' }, order: { status: 'SHIPPED' } });
    expect((await track(first.shipment.id, 'IN_TRANSIT', tea.owner)).userErrors).toMatchObject([{ code: 'INVALID_STATE', currentState: 'DELIVERED' }]);
    await track(last.shipment.id, 'OUT_FOR_DELIVERY', tea.owner, { place: 'Shanghai' });
    expect(await track(last.shipment.id, 'DELIVERED', tea.owner)).toMatchObject({
      order: { status: 'DELIVERED', fulfilmentStatus: 'DELIVERED', autoCompleteAt: expect.any(String) },
    });

    expect(await shop.until(async () => ((await shop.order(orderId)).status === 'COMPLETED' ? true : null))).toBe(true);
    for (const topic of ['order.accepted', 'order.shipped', 'order.delivered', 'order.completed'])
      expect(await shop.rows('outbox', { subjectId: orderId, topic })).toHaveLength(1);
    expect(purchase.orders).toHaveLength(1);
  });

  test('of the same key ten times at once is one parcel', async () => {
    const { leaf, orderId } = await sell(2);
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ship(orderId, tea.owner, { idempotencyKey })));
    expect(new Set(answers.map(({ shipment }) => shipment.id)).size).toBe(1);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 8, available: 8, reserved: 0 });
  });

  test('of more than is left, at once from two sides, is one', async () => {
    const { leaf, orderId, lineId } = await sell(3);
    const answers = await Promise.all([1, 2].map(() => ship(orderId, tea.owner, { lines: [{ orderLineId: lineId, quantity: 2 }] })));
    expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'QUANTITY_EXCEEDED', path: ['input', 'lines', '0', 'quantity'] }]);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 8, available: 7, reserved: 1 });
  });

  test('is for its own merchant, what was paid, and with a number', async () => {
    const { orderId } = await sell(1);
    expect((await ship(orderId, cups.owner)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await ship(orderId, tea.owner, { trackingNumber: ' ' })).userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'trackingNumber'] }]);
    const leaf = await shop.addVariant(tea, { stock: 1 });
    const unpaid = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
    expect((await ship(unpaid.orders[0]?.id ?? '', tea.owner)).userErrors).toMatchObject([{ code: 'INVALID_STATE', currentState: 'PENDING_PAYMENT' }]);
    expect((await track('shipment_0', 'DELIVERED', tea.owner)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await pickup(`pickupReady(orderId: "${orderId}")`, tea.owner)).userErrors).toMatchObject([{ code: 'NOT_A_PICKUP' }]);
  });

  test('of goods that were never booked in leaves the books as soon as they are', async () => {
    const leaf = await shop.addVariant(tea, { stock: 1 });
    const backorder = `mutation ($input: InventorySetInput!) { inventorySet(input: $input) { userErrors { code message } } }`;
    const entries = [{ variantId: leaf, locationId: tea.locationId, onHand: 1, expectedOnHand: 1, backorderable: true }];
    await shop.must('product', backorder, { input: { entries, reason: 'CORRECTION', idempotencyKey: key() } }, tea.owner);
    const purchase = await shop.sell(buyer(), [{ variantId: leaf, quantity: 3 }], [tea]);
    expect((await ship(purchase.orders[0]?.id ?? '', tea.owner)).userErrors).toEqual([]);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 1, available: -2, reserved: 3 });
    const receive = `mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { userErrors { code message } } }`;
    const changes = [{ variantId: leaf, locationId: tea.locationId, delta: 2 }];
    await shop.must('product', receive, { input: { changes, reason: 'RECEIVED', idempotencyKey: key() } }, tea.owner);
    const jobs = shop.running('order-payment').runtime.database.collection('jobs');
    expect(await jobs.updateMany({ kind: 'stock-ship' }, { $set: { runAt: new Date() } })).toMatchObject({ matchedCount: 1 });
    await shop.settle();
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 0, available: 0, reserved: 0 });
    expect(await jobs.countDocuments({ kind: 'stock-ship' })).toBe(0);
  });
});

describe('collecting', () => {
  test('takes the code, five tries, and the goods leave', async () => {
    const { leaf, orderId } = await sell(2);
    await shop
      .running('order-payment')
      .runtime.database.collection<any>('order')
      .updateOne({ _id: orderId }, { $set: { deliveryMode: 'PICKUP', pickupLocationId: tea.locationId } });
    expect(await pickup(`pickupReady(orderId: "${orderId}")`, tea.owner)).toMatchObject({ order: { status: 'READY_FOR_PICKUP' }, userErrors: [] });
    const code = (await shop.order(orderId)).pickupCode;
    expect(code).toMatch(/^\d{8}$/);
    const wrong = code === '00000000' ? '00000001' : '00000000';
    const redeem = (typed: string, who = tea.owner) => pickup(`pickupRedeem(orderId: "${orderId}", code: "${typed}")`, who);
    expect((await redeem(code, cups.owner)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const tries = await Promise.all(Array.from({ length: 8 }, () => redeem(wrong)));
    expect(tries.map(({ userErrors }) => userErrors[0].code).sort()).toEqual([...Array(3).fill('PICKUP_CODE_LOCKED'), ...Array(5).fill('PICKUP_CODE_WRONG')]);
    expect((await redeem(code)).userErrors).toMatchObject([{ code: 'PICKUP_CODE_LOCKED' }]);
    await pickup(`pickupReady(orderId: "${orderId}")`, tea.owner);
    const renewed = (await shop.order(orderId)).pickupCode;
    expect(await redeem(renewed)).toMatchObject({ order: { status: 'DELIVERED', fulfilmentStatus: 'DELIVERED' }, userErrors: [] });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 8, available: 8, reserved: 0 });
  });
});

describe('completing', () => {
  test('waits for an open refund request', async () => {
    const { purchase, orderId, lineId } = await sell(1);
    const { shipment } = await ship(orderId, tea.owner);
    await track(shipment.id, 'DELIVERED', tea.owner);
    const create = 'mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id } userErrors { code } } }';
    const input = { orderId, type: 'REFUND_ONLY', reason: 'OTHER', lines: [{ orderLineId: lineId, quantity: 1 }], idempotencyKey: key() };
    const { refundRequest } = await shop.must('order-payment', create, { input }, purchase.who);
    await shop
      .running('order-payment')
      .runtime.database.collection<any>('jobs')
      .updateOne({ _id: `order-completion|${orderId}` }, { $set: { runAt: new Date() } });
    await shop
      .running('order-payment')
      .runtime.database.collection<any>('order')
      .updateOne({ _id: orderId }, { $set: { autoCompleteAt: new Date() } });
    await shop.settle();
    expect(await shop.order(orderId)).toMatchObject({ status: 'DELIVERED' });
    await shop.must('order-payment', `mutation { refundWithdraw(id: "${refundRequest.id}") { userErrors { code } } }`, {}, purchase.who);
    expect(await shop.until(async () => ((await shop.order(orderId)).status === 'COMPLETED' ? true : null))).toBe(true);
  });
});

describe('cancelling', () => {
  const cancel = (orderId: string, who: Identity, more: object = {}) =>
    shop.must(
      'order-payment',
      'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status paymentStatus refundedTotal { amount } } userErrors { __typename code } } }',
      { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key(), ...more } },
      who,
    );

  test('unpaid ends its attempt and frees its stock', async () => {
    const leaf = await shop.addVariant(tea, { stock: 5 });
    const purchase = await shop.buy(buyer(), [{ variantId: leaf, quantity: 2 }], [tea]);
    await shop.pay(purchase);
    expect((await cancel(purchase.orders[0]?.id ?? '', buyer())).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await cancel(purchase.orders[0]?.id ?? '', purchase.who)).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 5, reserved: 0 });
    expect(await shop.rows('payment', { groupId: purchase.groupId })).toMatchObject([{ status: 'CANCELLED' }]);
  });

  test('unpaid leaves nothing that can still be paid, even when a payment begins at the same time, ten times', async () => {
    const leaf = await shop.addVariant(tea, { stock: 20 });
    const open = () => shop.running('order-payment').runtime.openDatabase('sandbox').collection('payments').countDocuments({ status: 'OPEN' });
    const before = await open();
    for (let round = 0; round < 10; round++) {
      const purchase = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
      const [cancelled] = await Promise.all([cancel(purchase.orders[0]?.id ?? '', purchase.who), shop.pay(purchase)]);
      expect(cancelled).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
      expect((await shop.rows('payment', { groupId: purchase.groupId, status: { $ne: 'CANCELLED' } })).map(({ status }) => status)).toEqual([]);
    }
    expect(await open()).toBe(before);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 20, available: 20, reserved: 0 });
  });

  test('paid gives everything back at once; accepted it is for the merchant', async () => {
    const { purchase, leaf, orderId } = await sell(2);
    expect(await cancel(orderId, purchase.who)).toMatchObject({
      order: { status: 'CANCELLED', paymentStatus: 'REFUNDED', refundedTotal: { amount: purchase.total.amount } },
      userErrors: [],
    });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 10, available: 10, reserved: 0 });
    const accepted = await sell(1);
    await shop.must('order-payment', `mutation { orderAccept(orderId: "${accepted.orderId}") { userErrors { code } } }`, {}, tea.owner);
    expect((await cancel(accepted.orderId, accepted.purchase.who)).userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);
    expect(await cancel(accepted.orderId, tea.owner)).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
  });

  test('and shipping at the same time is one of both, ten times', async () => {
    for (let round = 0; round < 10; round++) {
      const { purchase, leaf, orderId } = await sell(1);
      await Promise.all([cancel(orderId, purchase.who), ship(orderId, tea.owner)]);
      await shop.settle();
      const { status } = await shop.order(orderId);
      expect(['CANCELLED', 'SHIPPED']).toContain(status);
      expect(await shop.levelOf(leaf)).toEqual(status === 'SHIPPED' ? { onHand: 9, available: 9, reserved: 0 } : { onHand: 10, available: 10, reserved: 0 });
      expect((await shop.rows('payment', { groupId: purchase.groupId }))[0]).toMatchObject({
        refunded: status === 'SHIPPED' ? 0 : purchase.total.amount,
        refundPending: 0,
      });
    }
  });
});
