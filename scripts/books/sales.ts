import type { Db, Document } from 'mongodb';
import { type BookCheck, report } from './check.ts';

/** Jobs of the settlement that have still to post something. */
const POSTING = 'settlement-posting';
const CATCHING_UP = 'settlement-catch-up';
const TOPICS = ['order.paid', 'order.completed', 'order.cancelled', 'refund.succeeded'];

const ORDERS_AT_ONCE = 1_000;

/** Each merchant's ledger equals a recount from its orders and their refunds, but for what is still to be posted. */
export async function salesArePosted(orders: Db): Promise<BookCheck> {
  const waiting = await stillToPost(orders);
  const broken: unknown[] = [];
  let checked = 0;
  let batch: Document[] = [];
  const look = async () => {
    broken.push(...(await recount(orders, batch, waiting)));
    checked += batch.length;
    batch = [];
  };
  const fields = { merchantId: 1, currency: 1, status: 1, totals: 1, platformDiscount: 1, shippingDiscounts: 1, refundPendingTotal: 1, lines: 1, paidAt: 1 };
  for await (const order of orders.collection('order').find({ paidAt: { $ne: null } }, { projection: fields })) {
    if (batch.push(order) === ORDERS_AT_ONCE) await look();
  }
  await look();
  const strangers = await orders
    .collection('ledger-entry')
    .aggregate([
      { $match: { orderId: { $ne: null } } },
      { $group: { _id: '$orderId' } },
      { $lookup: { from: 'order-settlement', localField: '_id', foreignField: '_id', as: 'settlements' } },
      { $match: { settlements: [] } },
    ])
    .toArray();
  return report('ledger: equals a recount from orders and refunds; every paid order is posted, or about to be', checked, [...broken, ...strangers]);
}

/** Whose events are not told yet, or whose job has not run; true where all may be. */
async function stillToPost(orders: Db): Promise<(orderId: string) => boolean> {
  // The events first: one that is told meanwhile is a job by then.
  const untold = await orders
    .collection('outbox')
    .find({ publishedAt: null, topic: { $in: TOPICS } }, { projection: { data: 1 } })
    .toArray();
  const jobs = await orders
    .collection('jobs')
    .find({ kind: { $in: [POSTING, CATCHING_UP] } }, { projection: { kind: 1, data: 1 } })
    .toArray();
  if (jobs.some(({ kind }) => kind === CATCHING_UP)) return () => true;
  const orderIds = new Set<unknown>([
    ...jobs.flatMap(({ data }) => (data.items ?? []).map((item: string) => item.split(' ')[0])),
    ...untold.map(({ data }) => data.orderId),
  ]);
  return (orderId) => orderIds.has(orderId);
}

async function recount(database: Db, orders: readonly Document[], isWaiting: (orderId: string) => boolean): Promise<unknown[]> {
  const orderIds = orders.map((order) => order['_id']);
  const refunds = await database
    .collection('refund-request')
    .find({ orderId: { $in: orderIds }, status: 'SUCCEEDED' }, { projection: { orderId: 1, approvedAmount: 1, shippingAmount: 1, lines: 1 } })
    .toArray();
  const settlements = await database
    .collection('order-settlement')
    .find({ _id: { $in: orderIds } })
    .toArray();
  const entries = await database
    .collection('ledger-entry')
    .find({ source: { $in: [...orderIds, ...refunds.map(({ _id }) => _id)] } }, { projection: { orderId: 1, accountId: 1, kind: 1, amount: 1 } })
    .toArray();
  const refundsOf = Map.groupBy(refunds, ({ orderId }) => orderId);
  const entriesOf = Map.groupBy(entries, ({ orderId }) => orderId);
  const settlementOf = new Map(settlements.map((settlement) => [String(settlement._id), settlement]));
  return orders.flatMap((order): unknown[] => {
    const id = String(order['_id']);
    const settlement = settlementOf.get(id);
    if (isWaiting(id)) return [];
    if (!settlement) return [{ order: id, unposted: order['totals'].total }];
    const differences = compare(order, refundsOf.get(id) ?? [], settlement, entriesOf.get(id) ?? []);
    return differences.length === 0 ? [] : [{ order: id, differences }];
  });
}

/** What is posted, and what should be, where they differ. */
function compare(order: Document, refunds: readonly Document[], settlement: Document, entries: readonly Document[]): unknown[] {
  const posted = (...kinds: string[]) => entries.reduce((sum, { kind, amount }) => (kinds.includes(kind) ? sum + amount : sum), 0);
  const { total } = order['totals'];
  const discount = order['platformDiscount'] ?? 0;
  const commission = share(total + discount, settlement['commissionRateBps'], 10_000);
  const paidBack = refunds.reduce((sum, { approvedAmount }) => sum + (approvedAmount ?? 0), 0);
  const discountBack = discountBackOf(order, refunds);
  const commissionBack = total + discount === 0 ? 0 : share(commission, paidBack + discountBack, total + discount);
  const account = `${order['merchantId']}|${order['currency']}`;
  const isAvailable = order['status'] === 'COMPLETED' || (order['status'] === 'CANCELLED' && order['refundPendingTotal'] === 0);
  const figures: Record<string, readonly [unknown, unknown]> = {
    sale: [posted('SALE'), total],
    commission: [-posted('COMMISSION'), commission],
    paymentFee: [-posted('PAYMENT_FEE'), settlement['paymentFee']],
    refunds: [-posted('REFUND') || 0, paidBack],
    commissionReversal: [posted('COMMISSION_REVERSAL'), commissionBack],
    platformDiscount: [posted('PLATFORM_DISCOUNT'), discount - discountBack],
    net: [entries.reduce((sum, { amount }) => sum + amount, 0), settlement['net']],
    accounts: [[...new Set(entries.map(({ accountId }) => accountId))].filter((accountId) => accountId !== account).length, 0],
    account: [settlement['accountId'], account],
    isAvailable: [settlement['availableAt'] !== null, isAvailable],
  };
  return Object.entries(figures).flatMap(([figure, [is, should]]) => (Object.is(normal(is), normal(should)) ? [] : [{ figure, is, should }]));
}

const normal = (value: unknown) => (value === 0 ? 0 : value);

const byPlatform = (discounts: readonly Document[] | null | undefined): number =>
  (discounts ?? []).reduce((sum, { fundedBy, amount }) => (fundedBy === 'PLATFORM' ? sum + amount : sum), 0);

/** Per line and for the delivery by the money that went back, or the units where there was none; all of it if nothing ever left. */
function discountBackOf(order: Document, refunds: readonly Document[]): number {
  const lines: Document[] = order['lines'];
  const parts: Document[] = refunds.flatMap((refund) => refund['lines']);
  const total = (id: unknown, of: (part: Document) => number): number => parts.reduce((sum, part) => (part['orderLineId'] === id ? sum + of(part) : sum), 0);
  if (lines.every(({ id, quantity }) => total(id, (part) => part['releasedQuantity']) === quantity)) return order['platformDiscount'] ?? 0;
  let [back, isAll] = [0, true];
  for (const { id, quantity, total: paid, discounts } of lines) {
    const [given, whole] =
      paid > 0 ? [total(id, (part) => part['amount']), paid] : [total(id, (part) => part['quantity'] - (part['owedQuantity'] ?? 0)), quantity];
    back += share(byPlatform(discounts), given, whole);
    isAll &&= given === whole;
  }
  const [shipping, ofShipping] = [order['totals'].shipping, byPlatform(order['shippingDiscounts'])];
  if (shipping === 0) return isAll ? back + ofShipping : back;
  const shippingBack = refunds.reduce((sum, { shippingAmount }) => sum + shippingAmount, 0);
  return back + share(ofShipping, shippingBack, shipping);
}

/** To the nearest minor unit, a half to the even one. */
function share(amount: number, numerator: number, denominator: number): number {
  const [product, divisor] = [BigInt(amount) * BigInt(numerator), BigInt(denominator)];
  const [whole, rest] = [product / divisor, (product % divisor) * 2n];
  return Number(rest > divisor || (rest === divisor && whole % 2n === 1n) ? whole + 1n : whole);
}
