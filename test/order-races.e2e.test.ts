import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, addCategory, buy, key, openShop, publish, type Seller, signUp, staffMember, until } from './actors.ts';
import { booksOf } from './books.ts';
import { atOneMoment, startGraph, type TestGraph, withDatabases } from './graph.ts';
import { rounds } from './rounds.ts';

let graph: TestGraph;
let seller: Seller;
let categoryId: string;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  const staff = await staffMember(graph);
  seller = await openShop(graph, staff, 'orders');
  categoryId = await addCategory(staff);
});
afterAll(() => graph[Symbol.asyncDispose]());

interface Sold {
  readonly who: Actor;
  readonly variantId: string;
  readonly orderId: string;
  readonly lineId: string;
  readonly group: any;
}

/** Bought and paid: so many of twenty pieces. */
async function sold(quantity: number, prices = [1000]): Promise<Sold> {
  const { variantIds } = await publish(seller, categoryId, { prices, stock: 20 });
  const [variantId = ''] = variantIds;
  const who = await signUp(graph, 'racer');
  const group = await buy(who, [{ variantId, quantity }], [seller.merchantId]);
  const [order] = group.orders;
  return { who, variantId, orderId: order.id, lineId: order.lines[0].id, group };
}

const ERRORS = 'userErrors { __typename code message path }';
const CANCEL = `mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } ${ERRORS} } }`;
const ACCEPT = `mutation ($id: ID!) { orderAccept(orderId: $id) { order { status } ${ERRORS} } }`;
const SHIP = `mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { shipment { id } order { status } ${ERRORS} } }`;
const TRACK = `mutation ($input: ShipmentTrackingUpdateInput!) { shipmentTrackingUpdate(input: $input) { order { status } ${ERRORS} } }`;
const CONFIRM = `mutation ($id: ID!) { orderConfirmReceipt(orderId: $id) { order { status } ${ERRORS} } }`;
const REFUND = `mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id status } ${ERRORS} } }`;
const ASK = `mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id status } ${ERRORS} } }`;
const APPROVE = `mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { refundRequest { id status } ${ERRORS} } }`;
const REJECT = `mutation ($input: RefundRejectInput!) { refundReject(input: $input) { refundRequest { id status } ${ERRORS} } }`;
const WITHDRAW = `mutation ($id: ID!) { refundWithdraw(id: $id) { refundRequest { id status } ${ERRORS} } }`;
const SEND_BACK = `mutation ($input: RefundReturnShippedInput!) { refundReturnShipped(input: $input) { refundRequest { id status } ${ERRORS} } }`;
const RECEIVE = `mutation ($id: ID!) { refundReturnReceived(id: $id) { refundRequest { id status } ${ERRORS} } }`;

const cancel = ({ who, orderId }: Sold) => who.ask(CANCEL, { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key() } });
const ship = ({ orderId }: Sold, more: object = {}) =>
  seller.ask(SHIP, { input: { orderId, carrier: 'SF', trackingNumber: 'SF1', idempotencyKey: key(), ...more } });
const refund = ({ orderId, lineId }: Sold, quantity: number, more: object = {}) =>
  seller.ask(REFUND, { input: { orderId, lines: [{ orderLineId: lineId, quantity }], reason: 'OTHER', idempotencyKey: key(), ...more } });
const ask = ({ who, orderId, lineId }: Sold, quantity: number, more: object = {}) =>
  who.ask(ASK, { input: { orderId, type: 'REFUND_ONLY', lines: [{ orderLineId: lineId, quantity }], reason: 'DEFECTIVE', idempotencyKey: key(), ...more } });

/** How an answer went: the code of its first error, or `done`. */
const wentAs = ({ data, errors }: { data: any; errors?: unknown }): string => {
  expect(errors, JSON.stringify(errors)).toBeUndefined();
  const [root] = Object.values<any>(data);
  return root.userErrors[0]?.code ?? 'done';
};

const facts = ({ orderId, group, variantId }: Sold) =>
  atOneMoment(graph.databasePrefix, async (rows) => {
    const [order] = await rows('order-payment', 'order', { _id: orderId });
    const [payment] = await rows('order-payment', 'payment', { groupId: group.id, captured: { $ne: null } });
    const [level] = await rows('product', 'inventory-level', { variantId });
    const stockJobs = await rows('order-payment', 'jobs', { kind: { $regex: '^stock-' }, 'data.groupId': order.reservationId });
    return { order, payment, level, stockJobs, refunds: await rows('order-payment', 'refund-request', { orderId }) };
  });

/** Once no money of it is on its way and no goods are either. */
const settled = (bought: Sold) =>
  until(async () => {
    const rows = await facts(bought);
    return rows.payment.refundPending === 0 && rows.stockJobs.length === 0 ? rows : null;
  }, 20_000);

const stockOf = ({ level }: { level: any }) => ({ onHand: level.onHand, reserved: level.reserved, available: level.available });

describe('a buyer who cancels', () => {
  test.each(rounds)('and a merchant who accepts: one of both (round %i)', async () => {
    const bought = await sold(2);
    const outcomes = await Promise.all([cancel(bought), seller.ask(ACCEPT, { id: bought.orderId })]);
    const isCancelled = outcomes[0].data.orderCancel.userErrors.length === 0;
    expect(outcomes.map(wentAs)).toEqual(isCancelled ? ['done', 'INVALID_STATE'] : ['INVALID_STATE', 'done']);
    const rows = await settled(bought);
    expect([rows.order.status, rows.payment.refunded]).toEqual(isCancelled ? ['CANCELLED', 2800] : ['PROCESSING', 0]);
    expect(stockOf(rows)).toEqual(isCancelled ? { onHand: 20, reserved: 0, available: 20 } : { onHand: 20, reserved: 2, available: 18 });
  });

  test.each(rounds)('and a merchant who ships: one of both (round %i)', async () => {
    const bought = await sold(2);
    const outcomes = await Promise.all([cancel(bought), ship(bought)]);
    const isCancelled = outcomes[0].data.orderCancel.userErrors.length === 0;
    expect(outcomes.map(wentAs)).toEqual(isCancelled ? ['done', 'INVALID_STATE'] : ['INVALID_STATE', 'done']);
    const rows = await settled(bought);
    expect([rows.order.status, rows.payment.refunded]).toEqual(isCancelled ? ['CANCELLED', 2800] : ['SHIPPED', 0]);
    expect(stockOf(rows)).toEqual(isCancelled ? { onHand: 20, reserved: 0, available: 20 } : { onHand: 18, reserved: 0, available: 18 });
  });

  test.each(rounds)('five times at once, with five keys, is one cancellation and one refund (round %i)', async () => {
    const bought = await sold(2);
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => cancel(bought)));
    expect(outcomes.map(wentAs)).toEqual(Array(5).fill('done'));
    const rows = await settled(bought);
    expect([rows.order.status, rows.payment.refunded, rows.refunds.length]).toEqual(['CANCELLED', 2800, 1]);
    expect(stockOf(rows)).toEqual({ onHand: 20, reserved: 0, available: 20 });
  });
});

describe('refunds', () => {
  test.each(rounds)('that together exceed what was paid: one of both (round %i)', async () => {
    const bought = await sold(5);
    const outcomes = await Promise.all([refund(bought, 3), refund(bought, 3)]);
    expect(outcomes.map(wentAs).sort()).toEqual(['REFUND_LIMIT', 'done']);
    const rows = await settled(bought);
    expect([rows.payment.refunded, rows.order.refundedTotal, rows.order.lines[0].refundedQuantity]).toEqual([3000, 3000, 3]);
    expect(stockOf(rows)).toEqual({ onHand: 20, reserved: 2, available: 18 });
  });

  test.each(rounds)('of the merchant and requests of the buyer, twelve at once, never exceed it (round %i)', async () => {
    const bought = await sold(5);
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? refund(bought, 1) : ask(bought, 1))));
    expect(outcomes.map(wentAs).filter((outcome) => outcome === 'done')).toHaveLength(5);
    const { order } = await settled(bought);
    expect(order.lines[0].refundedQuantity + order.lines[0].refundPendingQuantity).toBe(5);
  });

  test.each(rounds)('of one key, ten times at once, are one (round %i)', async () => {
    const bought = await sold(5);
    const idempotencyKey = key();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refund(bought, 1, { idempotencyKey })));
    expect(new Set(outcomes.map(({ data }) => data.refund.refundRequest?.id)).size, JSON.stringify(outcomes)).toBe(1);
    expect((await settled(bought)).payment.refunded).toBe(1000);
  });

  test.each(rounds)('approved, rejected, withdrawn and approved by the clock in the same moment are decided once (round %i)', async () => {
    const bought = await sold(5);
    const { refundRequest } = (await ask(bought, 2)).data.refundRequestCreate;
    const { id } = refundRequest;
    const [approved, rejected, withdrawn] = await Promise.all([
      seller.ask(APPROVE, { input: { id, idempotencyKey: key() } }),
      seller.ask(REJECT, { input: { id, reason: 'It was fine.', idempotencyKey: key() } }),
      bought.who.ask(WITHDRAW, { id }),
      withDatabases(graph.databasePrefix, (database) =>
        database('order-payment')
          .collection<any>('jobs')
          .updateOne({ _id: `refund-auto-approval|${id}` }, { $set: { runAt: new Date() } }),
      ),
    ]);
    const rows = await settled(bought);
    const [request] = rows.refunds;
    const isPaidBack = request.status === 'SUCCEEDED';
    expect(['SUCCEEDED', 'REJECTED', 'WITHDRAWN']).toContain(request.status);
    const granted = request.timeline.filter(({ type }: any) => ['REFUND_APPROVED', 'REFUND_REJECTED', 'REFUND_WITHDRAWN'].includes(type));
    expect(granted).toHaveLength(1);
    expect([approved, rejected, withdrawn].map(wentAs).filter((outcome) => outcome === 'done').length).toBe(request.decision?.automatic ? 0 : 1);
    expect([rows.payment.refunded, rows.order.lines[0].refundPendingQuantity]).toEqual([isPaidBack ? 2000 : 0, 0]);
  });

  test.each(rounds)('and a parcel of the same units: both may be, and the books know (round %i)', async () => {
    const bought = await sold(5);
    await Promise.all([refund(bought, 3), ship(bought), refund(bought, 2)]);
    const rows = await settled(bought);
    const [line] = rows.order.lines;
    expect(line.shippedQuantity + line.releasedQuantity).toBe(5);
    expect(stockOf(rows)).toEqual({ onHand: 20 - line.shippedQuantity, reserved: 0, available: 20 - line.shippedQuantity });
  });

  test.each(rounds)('whose goods come back twice at once are paid and put back once (round %i)', async () => {
    const bought = await sold(3);
    const { data } = await ship(bought);
    await seller.must(TRACK, {
      input: { shipmentId: data.shipmentCreate.shipment.id, status: 'DELIVERED', at: new Date(Date.now() - 1000).toISOString(), description: 'at the door' },
    });
    const { refundRequest } = (await ask(bought, 2, { type: 'RETURN_AND_REFUND' })).data.refundRequestCreate;
    await seller.must(APPROVE, { input: { id: refundRequest.id, idempotencyKey: key() } });
    await bought.who.must(SEND_BACK, { input: { id: refundRequest.id, carrier: 'SF', trackingNumber: 'SF2' } });
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => seller.ask(RECEIVE, { id: refundRequest.id })));
    expect(outcomes.map(wentAs).sort()).toEqual([...Array(3).fill('INVALID_STATE'), 'done']);
    const rows = await settled(bought);
    expect(rows.payment.refunded).toBe(2000);
    expect(stockOf(rows)).toEqual({ onHand: 19, reserved: 0, available: 19 });
  });
});

describe('an order', () => {
  test.each(rounds)('shipped by two at once, in parcels that exceed it together: one of both (round %i)', async () => {
    const bought = await sold(5);
    const parcel = { lines: [{ orderLineId: bought.lineId, quantity: 3 }] };
    const outcomes = await Promise.all([ship(bought, parcel), ship(bought, parcel)]);
    expect(outcomes.map(wentAs).sort()).toEqual(['QUANTITY_EXCEEDED', 'done']);
    expect(stockOf(await settled(bought))).toEqual({ onHand: 17, reserved: 2, available: 15 });
  });

  test.each(rounds)('confirmed by the buyer while the carrier delivers it is completed once (round %i)', async () => {
    const bought = await sold(1);
    const { data } = await ship(bought);
    const input = {
      shipmentId: data.shipmentCreate.shipment.id,
      status: 'DELIVERED',
      at: new Date(Date.now() - 1000).toISOString(),
      description: 'at the door',
    };
    await Promise.all([seller.ask(TRACK, { input }), ...Array.from({ length: 3 }, () => bought.who.ask(CONFIRM, { id: bought.orderId }))]);
    const { order } = await settled(bought);
    expect([order.status, order.timeline.map(({ type }: any) => type)]).toEqual(['COMPLETED', expect.arrayContaining(['SHIPPED', 'DELIVERED', 'COMPLETED'])]);
    for (const type of ['DELIVERED', 'COMPLETED']) expect(order.timeline.filter((entry: any) => entry.type === type)).toHaveLength(1);
  });
});

test('the books are clean after all of it', async () => {
  expect(await booksOf(graph)).toEqual([]);
});
