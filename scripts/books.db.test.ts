import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, type SettlingShop, startSettlingShop } from '../subgraphs/order-payment/settlement.fixture.ts';
import type { Context } from '../subgraphs/order-payment/context.ts';
import { accept } from '../subgraphs/order-payment/refunds/notifications.ts';
import { key, type ShopMerchant } from '../subgraphs/order-payment/shop.fixture.ts';
import { newId } from '#platform/entity.ts';
import { buyer } from '../test/subgraphs.ts';
import { checkBooks, type Databases } from './books.ts';

/** A shop with a bit of everything in its books, which each test falsifies in one figure. */
let shop: SettlingShop;
let tea: ShopMerchant;

const database: Databases = (name) => shop.running('order-payment').runtime.openDatabase(name);
const broken = async () => (await checkBooks(database)).filter(({ violations }) => violations > 0).map(({ invariant }) => invariant);

const CREATE = 'mutation ($input: RefundRequestCreateInput!) { refundRequestCreate(input: $input) { refundRequest { id } userErrors { code message } } }';
const APPROVE = 'mutation ($input: RefundApproveInput!) { refundApprove(input: $input) { refundRequest { id status } userErrors { code message } } }';
const SHIP = 'mutation ($input: ShipmentCreateInput!) { shipmentCreate(input: $input) { userErrors { code message } } }';
const INVOICE = 'mutation ($input: InvoiceRequestInput!) { invoiceRequest(input: $input) { userErrors { code message } } }';
const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { userErrors { code message } } }';
const CANCEL = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { userErrors { code message } } }';

/** One sold, shipped, refunded and asked about; one late, for which a part was given back; one unpaid; one cancelled; one of which the wrong amount came; one received and paid out. */
async function trade(): Promise<void> {
  const leaf = await shop.addVariant(tea, { price: 1000, stock: 20 });
  const sold = await shop.sell(buyer(), [{ variantId: leaf, quantity: 5 }], [tea]);
  const [order] = sold.orders;
  if (!order) throw new Error('nothing was ordered');
  const lines = [{ orderLineId: order.lines[0]?.id, quantity: 1 }];
  const parcel = { orderId: order.id, carrier: 'SF', trackingNumber: '1', lines, idempotencyKey: key() };
  await shop.must('order-payment', SHIP, { input: parcel }, tea.owner);
  const ask = () => {
    const input = { orderId: order.id, type: 'REFUND_ONLY', reason: 'OTHER', lines, idempotencyKey: key() };
    return shop.must('order-payment', CREATE, { input }, sold.who);
  };
  const bill = { orderId: order.id, title: 'Tea Drinkers', idempotencyKey: key() };
  await shop.must('order-payment', INVOICE, { input: bill }, sold.who);
  const { refundRequest } = await ask();
  await shop.must('order-payment', APPROVE, { input: { id: refundRequest.id, idempotencyKey: key() } }, tea.owner);
  await ask();
  const { orders: late } = await shop.sell(buyer(), [{ variantId: leaf, quantity: 2 }], [tea]);
  const solace = { orderLineId: late[0]?.lines[0]?.id, quantity: 1, amount: { amount: 300, currency: 'CNY' } };
  await shop.must('order-payment', REFUND, { input: { orderId: late[0]?.id, lines: [solace], reason: 'LATE', idempotencyKey: key() } }, tea.owner);
  await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
  const cancelled = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
  await shop.must('order-payment', CANCEL, { input: { orderId: cancelled.orders[0]?.id, reason: 'OTHER', idempotencyKey: key() } }, cancelled.who);
  const odd = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
  const [twice, ofPlatform] = [await shop.addCoupon(tea, { usageLimit: 5, usageLimitPerUser: 2 }), await shop.addCoupon(null)];
  const codes = [twice.code, ofPlatform.code];
  const dealer = buyer();
  await shop.buy(dealer, [{ variantId: leaf, quantity: 1 }], [tea], codes);
  await shop.buy(dealer, [{ variantId: leaf, quantity: 1 }], [tea], codes);
  const regretted = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea], codes);
  await shop.must('order-payment', CANCEL, { input: { orderId: regretted.orders[0]?.id, reason: 'OTHER', idempotencyKey: key() } }, regretted.who);
  await shop.payBy(odd, 'wrong-amount');
  await shop.until(async () => (await shop.rows('payment-anomaly', { resolution: 'AUTO_REFUNDED' }))[0]);
  await shop.settle();
  await payOut(leaf);
  await refundInVain(sold.orders[0]?.id ?? '');
}

/** The bank sends a refund back that had succeeded; it is paid once more. */
async function refundInVain(orderId: string): Promise<void> {
  const [{ executionId, paymentId }] = await shop.rows('refund-request', { orderId, status: 'SUCCEEDED' });
  const context = shop.running('order-payment').runtime.systemContext() as Context;
  const refund = { refundKey: `${executionId}-1`, status: 'FAILED' as const, reference: 're_1', amount: 1000, currency: 'CNY' };
  await accept(context, 'sandbox', { kind: 'REFUND', eventId: 'evt_1', paymentId, refund });
  await shop.settle();
}

/** Once in vain. */
async function payOut(leaf: string): Promise<void> {
  await shop.complete(await shop.sell(buyer(), [{ variantId: leaf, quantity: 2 }], [tea]), tea);
  await shop.backdate(tea, 10);
  await shop.verify(tea);
  const { payouts } = await shop.run({ periodEnd: day(3) });
  for (const outcome of ['SENT', 'FAILED']) await shop.record(payouts[0].id, outcome);
  await shop.run({ periodEnd: day(2) });
}

beforeAll(async () => {
  shop = await startSettlingShop();
  tea = await shop.openMerchant();
  await trade();
  // What the indexes refuse is to be found all the same.
  for (const collection of ['order', 'order-group', 'refund-request', 'invoice', 'ledger-entry', 'payout'])
    await database('order-payment').collection(collection).dropIndexes();
  await database('cart').collection('coupon-use').dropIndexes();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

test('what was traded leaves clean books', async () => {
  expect(await broken()).toEqual([]);
});

type Row = Record<string, any> & { _id: string };
type Falsify = (row: Row) => Row;

const long = new Date(Date.now() - 3600_000);
const add =
  (field: string, by: number): Falsify =>
  (row) => ({ ...row, [field]: row[field] + by });
const inLine =
  (field: string, by: number): Falsify =>
  (row) => ({ ...row, lines: row['lines'].map((line: Row, index: number) => (index === 0 ? { ...line, [field]: line[field] + by } : line)) });
const inTotals =
  (field: string, by: number): Falsify =>
  (row) => ({ ...row, totals: { ...row['totals'], [field]: row['totals'][field] + by } });
const set =
  (values: object): Falsify =>
  (row) => ({ ...row, ...values });
const both =
  (...changes: Falsify[]): Falsify =>
  (row) =>
    changes.reduce((changed, change) => change(changed), row);

/** Paid back less than the units cost, which are still to be sent. */
const LOWERED = { 'lines.owedQuantity': { $gt: 0 } };

/** Which figure of which document is changed, and which invariant says so. */
const FALSIFICATIONS: readonly [what: string, invariant: string, place: string, filter: object, falsify: Falsify | 'copy' | 'remove'][] = [
  ['more available than there', 'stock: on hand', 'product/inventory-level', {}, add('available', 1)],
  ['more on hand than came', 'stock: on hand', 'product/inventory-level', {}, both(add('available', 1), add('onHand', 1))],
  ['more reserved than held', 'stock: on hand', 'product/inventory-level', {}, both(add('available', -1), add('reserved', 1))],
  ['available below zero', 'stock: on hand', 'product/inventory-level', {}, both(add('available', -100), add('onHand', -100))],
  ['a movement too many', 'stock: on hand', 'product/stock-movement', {}, 'copy'],
  ['more sent than sold', 'stock: on hand', 'product/reservation', { shipped: { $gt: 0 } }, add('shipped', 1)],
  ['an order that holds too little', 'stock: every unit', 'product/reservation', { quantity: { $gt: 0 } }, add('quantity', -1)],
  ['a cancelled order that holds stock', 'stock: every unit', 'product/reservation', { quantity: 0 }, add('quantity', 1)],
  ['a parcel that nobody took from the shelf', 'stock: every unit', 'order-payment/order', { status: 'PROCESSING' }, inLine('shippedQuantity', 1)],
  ['an order twice', 'orders: one per group and merchant', 'order-payment/order', {}, 'copy'],
  ['a cart checked out twice', 'groups: one per checked-out cart', 'order-payment/order-group', {}, 'copy'],
  ['a checked-out cart that can be again', 'carts: none', 'cart/cart', { state: 'ORDERED' }, set({ state: 'ACTIVE' })],
  ['an order that costs more than its lines', 'orders: total', 'order-payment/order', {}, inTotals('total', 1)],
  ['a line that costs more than its units', 'orders: total', 'order-payment/order', {}, both(inLine('total', 1), inTotals('total', 1))],
  ['a discount that no line has', 'orders: total', 'order-payment/order', {}, inTotals('discount', 1)],
  ['a coupon counted more often than used', 'coupons: used as often', 'cart/coupon', { usageLimit: 5 }, add('usedCount', 1)],
  ['a coupon used beyond its limit', 'coupons: used as often', 'cart/coupon', { usageLimit: 5 }, set({ usageLimit: 1 })],
  ['a use of no coupon', 'coupons: used as often', 'cart/coupon', { usageLimit: 5 }, 'remove'],
  ['a buyer who used a coupon too often', 'coupons: used within', 'cart/coupon', { usageLimit: 5 }, set({ usageLimitPerUser: 1 })],
  ['two uses under one number', 'coupons: used within', 'cart/coupon-use', { slot: 2 }, set({ slot: 1 })],
  ['a use without a number', 'coupons: used within', 'cart/coupon-use', { slot: 2 }, set({ slot: null })],
  ['a use that no purchase took', 'coupons: each use', 'cart/coupon-use', { state: 'USED' }, set({ reference: 'nobody' })],
  ['a cancelled purchase that gave its use back in words only', 'coupons: each use', 'cart/coupon-use', { state: 'GIVEN_BACK' }, set({ state: 'USED' })],
  ['a purchase that holds no use of its coupon', 'coupons: each use', 'cart/coupon-use', { state: 'USED' }, set({ state: 'GIVEN_BACK' })],
  ['a discount that no coupon gave', 'orders: each discount', 'order-payment/order', { platformDiscount: { $gt: 0 } }, inLine('discount', 1)],
  [
    'a discount of the platform that nobody wrote down',
    'orders: each discount',
    'order-payment/order',
    { platformDiscount: { $gt: 0 } },
    add('platformDiscount', -1),
  ],
  ['a coupon that the purchase did not have', 'orders: each discount', 'order-payment/order', { platformDiscount: { $gt: 0 } }, set({ couponIds: [] })],
  ['a group that costs more than its orders', 'groups: total', 'order-payment/order-group', {}, inTotals('total', 1)],
  ['an order without a group', 'groups: total', 'order-payment/order-group', {}, 'remove'],
  ['another currency than the group', 'groups: total', 'order-payment/order', {}, set({ currency: 'EUR' })],
  ['a paid group with an unpaid order', 'groups: orders stand', 'order-payment/order', { status: 'PROCESSING' }, set({ status: 'PENDING_PAYMENT' })],
  ['an unpaid group with a paid order', 'groups: orders stand', 'order-payment/order', { status: 'PENDING_PAYMENT' }, set({ status: 'PAID', paidAt: long })],
  ['money that came and was not written down', 'money: captured', 'order-payment/payment', { refunded: 1000 }, add('captured', -1)],
  ['odd money that is forgotten', 'money: captured', 'order-payment/payment-anomaly', {}, set({ resolution: null })],
  [
    'more paid back than came',
    'refunds: refunded + pending within what was captured',
    'order-payment/payment',
    { refunded: 1000 },
    add('refundPending', 1_000_000),
  ],
  [
    'more paid back than an order cost',
    'refunds: refunded + pending within what was paid',
    'order-payment/order',
    { refundedTotal: 1000 },
    both(add('refundedTotal', 9000), inLine('refundedAmount', 9000)),
  ],
  ['more units refunded than bought', 'refunds: refunded + pending within what was paid', 'order-payment/order', {}, inLine('refundedQuantity', 100)],
  [
    'a line that holds what the order does not',
    'refunds: refunded + pending within what was paid',
    'order-payment/order',
    {},
    inLine('refundPendingAmount', 1),
  ],
  ['a payment that holds for no refund', 'refunds: what a payment holds', 'order-payment/payment', { refunded: 1000 }, add('refundPending', 1)],
  [
    'money that came back and counts as given back',
    'refunds: what a payment holds',
    'order-payment/payment-anomaly',
    { kind: 'REFUND_FAILED' },
    set({ kind: 'DUPLICATE' }),
  ],
  ['a refund that the payment does not know', 'refunds: what a payment holds', 'order-payment/refund-request', { status: 'SUCCEEDED' }, 'copy'],
  [
    'an order that holds for no request',
    'refunds: what an order holds',
    'order-payment/order',
    {},
    both(add('refundPendingTotal', 1), inLine('refundPendingAmount', 1)),
  ],
  ['a unit given back that no request asked for', 'refunds: what a line holds', 'order-payment/order', {}, inLine('refundedQuantity', 1)],
  ['a unit held by no request', 'refunds: what a line holds', 'order-payment/order', {}, inLine('refundPendingQuantity', 1)],
  ['a unit that is not shipped though nobody gave it up', 'refunds: what a line holds', 'order-payment/order', {}, inLine('releasedQuantity', 1)],
  [
    'a unit that was given back and is still owed',
    'refunds: what a line holds',
    'order-payment/refund-request',
    { status: 'SUCCEEDED' },
    inLine('owedQuantity', 1),
  ],
  ['a unit that is owed and counted as given back', 'refunds: what a line holds', 'order-payment/refund-request', LOWERED, inLine('owedQuantity', -1)],
  ['a request that the order does not know', 'refunds: what an order holds', 'order-payment/refund-request', { status: 'REQUESTED' }, 'copy'],
  ['a second payment of a paid group', 'payments: each', 'order-payment/payment', { refunded: 1000 }, 'copy'],
  ['a success without money', 'payments: each', 'order-payment/payment', { refunded: 1000 }, set({ captured: null })],
  ['a group paid by nobody', 'payments: what was paid', 'order-payment/order-group', { status: 'PAID' }, set({ paymentId: newId('pay') })],
  ['a group paid with another sum', 'payments: what was paid', 'order-payment/payment', { refunded: 1000 }, add('captured', 1)],
  ['a group paid by a payment that failed', 'payments: what was paid', 'order-payment/payment', { refunded: 1000 }, set({ status: 'FAILED' })],
  ['money from nowhere', 'ledger: merchants + platform + cash', 'order-payment/ledger-entry', { kind: 'SALE' }, add('counterAmount', 1)],
  [
    'a commission that the bank bears',
    'ledger: merchants + platform + cash',
    'order-payment/ledger-entry',
    { kind: 'COMMISSION' },
    set({ counterAccount: 'CASH' }),
  ],
  ['a gap in a ledger', 'ledger: numbered', 'order-payment/ledger-entry', { kind: 'PAYOUT' }, 'remove'],
  ['a balance that its entries do not make', 'ledger: numbered', 'order-payment/ledger-entry', { kind: 'REFUND' }, add('balanceAfter', 1)],
  ['an entry before the one before it', 'ledger: numbered', 'order-payment/ledger-entry', { kind: 'REFUND' }, set({ at: new Date(0) })],
  ['an account with more than its entries', 'ledger: an account', 'order-payment/merchant-account', {}, add('balance', 1)],
  ['an account that counts entries that are not there', 'ledger: an account', 'order-payment/merchant-account', {}, add('sequence', 1)],
  ['more pending than orders are open', 'ledger: what is pending', 'order-payment/merchant-account', {}, add('pending', 1)],
  ['a sale that nobody posted', 'ledger: equals a recount', 'order-payment/order-settlement', { refunded: 0 }, 'remove'],
  [
    'a commission that was not agreed',
    'ledger: equals a recount',
    'order-payment/ledger-entry',
    { kind: 'COMMISSION' },
    both(add('amount', -1), add('counterAmount', 1)),
  ],
  ['a refund that is not in the ledger', 'ledger: equals a recount', 'order-payment/ledger-entry', { kind: 'REFUND' }, set({ kind: 'SALE' })],
  ['a commission that was not given back', 'ledger: equals a recount', 'order-payment/ledger-entry', { kind: 'COMMISSION_REVERSAL' }, 'remove'],
  ['a sale on another account', 'ledger: equals a recount', 'order-payment/ledger-entry', { kind: 'SALE' }, set({ accountId: 'merch_other|CNY' })],
  ['money that is available too early', 'ledger: equals a recount', 'order-payment/order-settlement', { availableAt: null }, set({ availableAt: long })],
  ['an order that brings more than its entries', 'ledger: equals a recount', 'order-payment/order-settlement', { refunded: 0 }, add('net', 1)],
  ['a payout twice', 'payouts: once', 'order-payment/payout', {}, 'copy'],
  ['two payouts of one period', 'payouts: once', 'order-payment/payout', { periodEnd: day(2) }, set({ periodEnd: day(3) })],
  ['a payout of more than the ledger says', 'payouts: once', 'order-payment/payout', {}, add('amount', 1)],
  ['a payout that failed and was not given back', 'payouts: once', 'order-payment/ledger-entry', { kind: 'PAYOUT_REVERSAL' }, 'remove'],
  ['a payout that arrived and was given back', 'payouts: once', 'order-payment/payout', { status: 'FAILED' }, set({ status: 'SETTLED' })],
  ['a payout beyond what was there', 'payouts: once', 'order-payment/ledger-entry', { kind: 'PAYOUT' }, set({ balanceAfter: -1 })],
  ['an invoice over more than its lines', 'invoices: amount', 'order-payment/invoice', { kind: 'INVOICE' }, add('amount', 1)],
  ['an invoice over more than was paid', 'invoices: one per order', 'order-payment/invoice', { kind: 'INVOICE' }, add('amount', 1)],
  ['an invoice number that is left out', 'invoices: numbers', 'order-payment/invoice', { kind: 'CREDIT_NOTE' }, 'remove'],
  ['a refund that was not credited', 'invoices: one per order', 'order-payment/invoice', { kind: 'CREDIT_NOTE' }, 'remove'],
  ['a refund that was credited twice', 'invoices: one per order', 'order-payment/invoice', { kind: 'CREDIT_NOTE' }, 'copy'],
  ['a product that says it sold more', 'sales: units', 'product/product', {}, add('soldCount', 1)],
  ['an event that is missing', 'events of order-payment', 'order-payment/outbox', { sequence: 1 }, 'remove'],
  ['a last event that is missing', 'events of order-payment', 'order-payment/outbox', { topic: 'refund.succeeded' }, 'remove'],
  ['a change that nobody was told of', 'events: each change', 'order-payment/outbox', { topic: 'order.paid' }, set({ topic: 'order.other' })],
  [
    'an event that nobody heard',
    'nothing is stuck',
    'order-payment/outbox',
    {},
    set({ publishedAt: null, at: long, attempts: 9, retryAt: new Date(Date.now() + 3600_000) }),
  ],
  [
    'a checkout that never ended',
    'nothing is stuck',
    'order-payment/order-group',
    { status: 'PENDING_PAYMENT' },
    set({ status: 'PREPARING', createdAt: long }),
  ],
  ['a cart that is locked by nobody', 'nothing is stuck', 'cart/cart', { state: 'ORDERED' }, set({ state: 'CHECKING_OUT' })],
  ['a timer that keeps failing', 'nothing is stuck', 'order-payment/jobs', {}, set({ failingSince: long })],
  ['a timer that was given up', 'nothing is stuck', 'order-payment/jobs', {}, set({ deadAt: long })],
  ['odd money that nobody gives back', 'nothing is stuck', 'order-payment/payment-anomaly', {}, set({ resolution: null, execution: null, detectedAt: long })],
];

test.each(FALSIFICATIONS)('finds %s', async (_what, invariant, place, filter, falsify) => {
  const [name = '', collectionName = ''] = place.split('/');
  const collection = database(name).collection<Row>(collectionName);
  const row = await collection.findOne(filter, { sort: { _id: 1 } });
  if (!row) throw new Error(`there is none in ${place}`);
  const copy = { ...row, _id: newId('copy') };
  if (falsify === 'copy') await collection.insertOne(copy);
  else if (falsify === 'remove') await collection.deleteOne({ _id: row._id });
  else await collection.replaceOne({ _id: row._id }, falsify(row));
  const found = await broken();
  if (falsify === 'copy') await collection.deleteOne({ _id: copy._id });
  else await collection.replaceOne({ _id: row._id }, row, { upsert: true });
  expect(
    found.some((name) => name.startsWith(invariant)),
    `found: ${found.join('; ')}`,
  ).toBe(true);
});

test.each([
  ['a collection in two subgraphs', 'ownership', 'cart/order'],
  ['a rating that nobody gave', 'ratings of products', 'review/product-rating'],
  ['a review of nothing that was delivered', 'reviews: each', 'review/review'],
])('finds %s', async (_what, invariant, place) => {
  const [name = '', collectionName = ''] = place.split('/');
  const collection = database(name).collection<Row>(collectionName);
  await collection.insertOne({
    _id: newId('extra'),
    sum: 5,
    count: 1,
    verifiedCount: 0,
    status: 'HIDDEN',
    orderLineId: newId('oline'),
    authorId: newId('user'),
  });
  const found = await broken();
  await collection.drop();
  expect(
    found.some((other) => other.startsWith(invariant)),
    `found: ${found.join('; ')}`,
  ).toBe(true);
});

test('and it was all put back', async () => {
  expect(await broken()).toEqual([]);
});
