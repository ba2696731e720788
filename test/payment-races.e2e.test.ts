import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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
import { atOneMoment, withDatabases } from './graph.ts';
import { rounds } from './rounds.ts';
import { intercept, startWiredGraph, type WiredGraph } from './wire.ts';

let graph: WiredGraph;
let seller: Seller;
let variantId: string;
beforeAll(async () => {
  graph = await startWiredGraph();
  const staff = await staffMember(graph);
  seller = await openShop(graph, staff, 'paid');
  const goods = await publish(seller, await addCategory(staff), { prices: [1990], stock: 10_000 });
  [variantId = ''] = goods.variantIds;
});
afterAll(() => graph[Symbol.asyncDispose]());
afterEach(() => {
  graph.onNotification = null;
  graph.onCreated = null;
});

/** A buyer with a purchase that is not paid yet. */
async function unpaid(quantity = 1): Promise<{ who: Actor; group: any; orderId: string }> {
  const who = await signUp(graph, 'payer');
  await addToCart(who, [{ variantId, quantity }]);
  const { orderGroup } = await who.must(CHECKOUT, checkoutInput(await chooseDelivery(who, [seller.merchantId])));
  return { who, group: orderGroup, orderId: orderGroup.orders[0].id };
}

const inOrders = <T>(read: (collection: (name: string) => any) => Promise<T>): Promise<T> =>
  withDatabases(graph.databasePrefix, (database) => read((name) => database('order-payment').collection(name)));

const reservedFor = (groupId: string): Promise<number> =>
  withDatabases(graph.databasePrefix, async (database) => {
    const rows = await database('product')
      .collection('reservation')
      .find({ groupId: { $regex: `^${groupId}` } })
      .toArray();
    return rows.reduce((total, { quantity }) => total + Number(quantity), 0);
  });

const rowsOf = (groupId: string) =>
  atOneMoment(graph.databasePrefix, async (rows) => {
    const [group] = await rows('order-payment', 'order-group', { _id: groupId });
    const ofGroup = (collection: string) => rows('order-payment', collection, { groupId });
    return { group, orders: await ofGroup('order'), payments: await ofGroup('payment'), anomalies: await ofGroup('payment-anomaly') };
  });

/** Once nothing about the purchase is under way any more. */
const settled = (groupId: string) =>
  until(async () => {
    const rows = await rowsOf(groupId);
    const isOpen =
      rows.group.status === 'PENDING_PAYMENT' ||
      rows.anomalies.some(({ resolution }: any) => resolution === null) ||
      rows.payments.some(({ refundPending, status }: any) => refundPending > 0 || status === 'PROCESSING');
    return isOpen ? null : rows;
  }, 20_000);

const startPaying = async ({ who, group }: { who: Actor; group: any }, more: object = {}): Promise<any> => (await who.must(PAY, payInput(group, more))).payment;

/** The purchase is due now, and the timers see it. */
const makeDue = (groupId: string) =>
  inOrders(async (collection) => {
    const now = new Date();
    await collection('order-group').updateOne({ _id: groupId, status: 'PENDING_PAYMENT' }, { $set: { expiresAt: now } });
    await collection('jobs').updateOne({ _id: `group-expiry|${groupId}` }, { $set: { runAt: now } });
  });

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a notification', () => {
  test.each(rounds)('that comes twenty times at once counts once (round %i)', async () => {
    const bought = await unpaid(2);
    const payment = await startPaying(bought);
    const notification = await intercept(graph, payment.nextAction.content, payment.id);
    expect((await rowsOf(bought.group.id)).group.status).toBe('PENDING_PAYMENT');
    const statuses = await Promise.all(Array.from({ length: 20 }, () => graph.notify(notification)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { group, orders, anomalies } = await settled(bought.group.id);
    expect([group.status, anomalies]).toEqual(['PAID', []]);
    expect(orders[0].timeline.filter(({ type }: any) => type === 'PAID')).toHaveLength(1);
    const told = await inOrders((collection) => collection('outbox').countDocuments({ subjectId: bought.orderId, topic: 'order.paid' }));
    expect(told).toBe(1);
  });

  test.each(rounds)('that comes before the shop knows what the buyer must do is not lost (round %i)', async () => {
    const bought = await unpaid();
    graph.onCreated = async ({ paymentId, pageUrl }) => {
      await pressOnPage(pageUrl);
      await until(async () => (await rowsOf(bought.group.id)).payments.some(({ _id, status }: any) => _id === paymentId && status === 'SUCCEEDED'));
    };
    const payment = await startPaying(bought);
    expect(payment).toMatchObject({ status: 'SUCCEEDED', nextAction: null });
    expect((await settled(bought.group.id)).group.status).toBe('PAID');
  });

  test('that is forged, changed, stale or for somebody else changes nothing', async () => {
    const bought = await unpaid();
    const payment = await startPaying(bought);
    const { headers, body } = await intercept(graph, payment.nextAction.content, payment.id);
    const [, at = '', hash = ''] = /t=(\d+),v1=(\w+)/.exec(headers['sandbox-signature'] ?? '') ?? [];
    const signed = (signature: string) => ({ ...headers, 'sandbox-signature': signature });
    const refused = [
      { headers: signed(`t=${at},v1=${hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`), body },
      { headers: signed(`t=${Number(at) - 400},v1=${hash}`), body },
      { headers: signed(`t=${at}`), body },
      { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'sandbox-signature')), body },
      { headers, body: body.replace('"SUCCEEDED"', '"SUCCEEDED" ') },
      { headers, body: JSON.stringify(JSON.parse(body), null, 1) },
      { headers, body: body.replace('2790', '2791') },
      { headers, body: '' },
    ];
    expect(await Promise.all(refused.map((notification) => graph.notify(notification)))).toEqual(refused.map(() => 400));
    expect((await rowsOf(bought.group.id)).group.status).toBe('PENDING_PAYMENT');
    expect(await graph.notify({ headers, body })).toBe(200);
    expect((await settled(bought.group.id)).group.status).toBe('PAID');
  });

  test('that never comes is found by asking', async () => {
    const bought = await unpaid();
    const payment = await startPaying(bought);
    await intercept(graph, payment.nextAction.content, payment.id);
    const SYNC = 'mutation ($id: ID!) { paymentSync(paymentId: $id) { payment { status } orderGroup { status } userErrors { code } } }';
    expect(await bought.who.must(SYNC, { id: payment.id })).toMatchObject({ payment: { status: 'SUCCEEDED' }, orderGroup: { status: 'PAID' } });
  });
});

describe('paying', () => {
  test.each(rounds)('in two ways at once takes the money once, or gives it back (round %i)', async (round) => {
    const bought = await unpaid();
    const first = await startPaying(bought);
    const [, second] = await Promise.all([
      pause(round * 3).then(() => pressOnPage(first.nextAction.content)),
      bought.who.ask(PAY, payInput(bought.group, { method: 'WECHAT_PAY' })),
    ]);
    const { payment, userErrors } = second.data.pay;
    // The first may have arrived before the second was asked for.
    expect(payment ? userErrors : userErrors.map(({ code }: any) => code)).toEqual(payment ? [] : ['ALREADY_PAID']);
    if (payment?.nextAction) await pressOnPage(payment.nextAction.content);
    const { group, payments, anomalies } = await settled(bought.group.id);
    expect(group.status).toBe('PAID');
    const kept = payments.reduce((total: number, { captured, refunded }: any) => total + (captured ?? 0) - refunded, 0);
    expect(kept, JSON.stringify({ payments, anomalies })).toBe(bought.group.totals.total.amount);
  });

  test.each(rounds)("somebody else's purchase, or with another key, leads nowhere (round %i)", async () => {
    const bought = await unpaid();
    const stranger = await signUp(graph, 'stranger');
    const foreign = await stranger.ask(PAY, payInput(bought.group));
    const unknown = await stranger.ask(PAY, payInput({ ...bought.group, id: 'group_01J00000000000000000000000' }));
    expect(foreign.data.pay).toEqual(unknown.data.pay);
    expect(foreign.data.pay).toMatchObject({ payment: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });

  test('while the company is away says so, and goes on with the same key', async () => {
    const bought = await unpaid();
    const input = payInput(bought.group);
    graph.isCompanyDown = true;
    const away = await bought.who.ask(PAY, input);
    graph.isCompanyDown = false;
    expect(away.data.pay.userErrors).toMatchObject([{ __typename: 'PaymentProviderError' }]);
    const { payment } = await bought.who.must(PAY, input);
    await pressOnPage(payment.nextAction.content);
    expect((await settled(bought.group.id)).group.status).toBe('PAID');
  });
});

describe('an expiry', () => {
  test.each(rounds)('and a payment in the same moment: paid with its goods, or expired without money (round %i)', async (round) => {
    const bought = await unpaid(3);
    const payment = await startPaying(bought);
    await Promise.all([pause((round * 37) % 250).then(() => pressOnPage(payment.nextAction.content)), makeDue(bought.group.id)]);
    const { group, orders, payments } = await settled(bought.group.id);
    expect(['PAID', 'EXPIRED']).toContain(group.status);
    expect(orders[0].status).toBe(group.status);
    expect(await until(async () => ((await reservedFor(bought.group.id)) === (group.status === 'PAID' ? 3 : 0) ? 'as it should be' : null))).toBe(
      'as it should be',
    );
    expect(payments[0].captured === null ? 0 : payments[0].captured - payments[0].refunded).toBe(
      group.status === 'PAID' ? bought.group.totals.total.amount : 0,
    );
  });

  test.each(rounds)('that has won gives late money back, or finds the goods again (round %i)', async (round) => {
    const bought = await unpaid(3);
    const payment = await startPaying(bought);
    const notification = await intercept(graph, payment.nextAction.content, payment.id);
    const isGone = round % 2 === 0;
    // The shop has given the purchase up without having been able to ask.
    await inOrders((collection) => collection('payment').updateOne({ _id: payment.id }, { $set: { status: 'EXPIRED' } }));
    await makeDue(bought.group.id);
    await until(async () => (await rowsOf(bought.group.id)).group.status === 'EXPIRED' && (await reservedFor(bought.group.id)) === 0);
    const level = await withDatabases(graph.databasePrefix, (database) => database('product').collection('inventory-level').findOne({ variantId }));
    const hide = (delta: number) =>
      seller.must('mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { userErrors { code message } } }', {
        input: { changes: [{ variantId, locationId: seller.locationId, delta }], reason: 'CORRECTION', idempotencyKey: key() },
      });
    if (isGone) await hide(-level?.['available']);
    await Promise.all(Array.from({ length: 5 }, () => graph.notify(notification)));
    const { group, payments, anomalies } = await settled(bought.group.id);
    if (isGone) await hide(level?.['available']);
    expect(anomalies).toMatchObject([{ kind: 'LATE_AFTER_EXPIRY', resolution: isGone ? 'AUTO_REFUNDED' : 'ORDER_REVIVED' }]);
    expect([group.status, payments[0].refunded]).toEqual(isGone ? ['EXPIRED', payments[0].captured] : ['PAID', 0]);
    expect(await reservedFor(bought.group.id)).toBe(isGone ? 0 : 3);
  });
});

describe('cancelling', () => {
  const CANCEL = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { __typename code message } } }';
  const cancel = (who: Actor, orderId: string) => who.ask(CANCEL, { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key() } });

  test.each(rounds)('and paying in the same moment: either way nobody keeps money for nothing (round %i)', async (round) => {
    const bought = await unpaid(2);
    const payment = await startPaying(bought);
    const [answer] = await Promise.all([cancel(bought.who, bought.orderId), pause((round * 11) % 60).then(() => pressOnPage(payment.nextAction.content))]);
    expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
    const { orders, payments } = await settled(bought.group.id);
    const isCancelled = answer.data.orderCancel.userErrors.length === 0;
    expect(orders[0].status).toBe(isCancelled ? 'CANCELLED' : 'PAID');
    expect(await reservedFor(bought.group.id)).toBe(isCancelled ? 0 : 2);
    const kept = payments.reduce((total: number, { captured, refunded }: any) => total + (captured ?? 0) - refunded, 0);
    expect(kept).toBe(isCancelled ? 0 : bought.group.totals.total.amount);
  });

  test.each(rounds)('has won: money that comes all the same goes back (round %i)', async () => {
    const bought = await unpaid();
    const payment = await startPaying(bought);
    const notification = await intercept(graph, payment.nextAction.content, payment.id);
    await inOrders((collection) => collection('payment').updateOne({ _id: payment.id }, { $set: { status: 'CANCELLED' } }));
    expect((await cancel(bought.who, bought.orderId)).data.orderCancel).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
    await Promise.all(Array.from({ length: 5 }, () => graph.notify(notification)));
    const { group, payments, anomalies } = await until(async () => {
      const rows = await settled(bought.group.id);
      return rows.anomalies.length > 0 ? rows : null;
    });
    expect(anomalies).toMatchObject([{ kind: 'LATE_AFTER_CANCEL', resolution: 'AUTO_REFUNDED' }]);
    expect([group.status, payments[0].captured - payments[0].refunded]).toEqual(['CANCELLED', 0]);
  });
});

describe('odd money', () => {
  const ANOMALIES = `query ($filter: PaymentAnomalyFilter) { paymentAnomalies(filter: $filter, first: 100) { nodes {
    kind payment { id } group { id } amount { amount currency } expectedAmount { amount currency } resolution } } }`;

  test.each([
    ['wrong-amount', 'AMOUNT_MISMATCH'],
    ['wrong-currency', 'CURRENCY_MISMATCH'],
  ])('%s: pays nothing, is seen by staff, and goes back', async (button, kind) => {
    const staff = await staffMember(graph);
    const bought = await unpaid();
    const payment = await startPaying(bought);
    await pressOnPage(payment.nextAction.content, button);
    const [anomaly] = await until(async () => {
      const { anomalies } = await rowsOf(bought.group.id);
      return anomalies[0]?.resolution ? anomalies : null;
    });
    expect(anomaly).toMatchObject({ kind, resolution: 'AUTO_REFUNDED' });
    const { nodes } = await staff.must(ANOMALIES, { filter: { kind, unresolvedOnly: false } });
    const seen = nodes.find((node: any) => node.payment.id === payment.id);
    expect(seen).toMatchObject({ kind, group: { id: bought.group.id }, expectedAmount: bought.group.totals.total, resolution: 'AUTO_REFUNDED' });
    expect(seen.amount).not.toEqual(seen.expectedAmount);
    expect((await bought.who.ask(ANOMALIES)).data?.paymentAnomalies ?? null).toBeNull();
    // The purchase can still be paid.
    expect((await rowsOf(bought.group.id)).group.status).toBe('PENDING_PAYMENT');
    await pressOnPage((await startPaying(bought)).nextAction.content);
    expect((await settled(bought.group.id)).group.status).toBe('PAID');
  });

  test('twice: one payment', async () => {
    const bought = await unpaid();
    await pressOnPage((await startPaying(bought)).nextAction.content, 'twice');
    const { group, anomalies } = await settled(bought.group.id);
    expect([group.status, anomalies]).toEqual(['PAID', []]);
  });

  test('decline, then pay; and later', async () => {
    const bought = await unpaid();
    const declined = await startPaying(bought);
    await pressOnPage(declined.nextAction.content, 'decline');
    const again = await until(async () => {
      const payment = await startPaying(bought);
      return payment.id === declined.id ? null : payment;
    });
    await pressOnPage(again.nextAction.content, 'later');
    const { group, payments } = await settled(bought.group.id);
    expect([group.status, payments.map(({ status }: any) => status).sort()]).toEqual(['PAID', ['FAILED', 'SUCCEEDED']]);
  });
});

test('the books are clean after all of it', async () => {
  expect(await booksOf(graph)).toEqual([]);
});
