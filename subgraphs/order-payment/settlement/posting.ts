import type { EntityManager } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { sum } from '#platform/money.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { Order as OrderEntity } from '../orders/entities.ts';
import { RefundRequest as RefundEntity } from '../refunds/entities.ts';
import { accountIdOf, book, type Booking, onAccount, readAccount } from './accounts.ts';
import { discountDue } from './discounts.ts';
import { netOf, payBack, pendingOf, sell, type Terms } from './domain.ts';
import { OrderSettlement as SettlementEntity } from './entities.ts';
import { type OrderSettlement, SETTLEMENT_FIELDS } from './sources.ts';
import { termsOf } from './terms.ts';

const ORDER_FACTS = [
  'merchantId',
  'currency',
  'status',
  'totals',
  'platformDiscount',
  'shippingDiscounts',
  'lines',
  'refundedTotal',
  'refundPendingTotal',
  'paidAt',
  'completedAt',
  'updatedAt',
] as const satisfies (keyof OrderEntity)[];

const REFUND_FACTS = ['orderId', 'lines', 'shippingAmount', 'approvedAmount', 'execution', 'updatedAt'] as const satisfies (keyof RefundEntity)[];

type OrderFacts = Pick<OrderEntity, (typeof ORDER_FACTS)[number]> & { readonly id: string; readonly paidAt: Date };
type RefundFacts = Pick<RefundEntity, (typeof REFUND_FACTS)[number]> & { readonly id: string };

const AT_ONCE = 200;

/**
 * Brings the ledger to where these orders are: sales that were paid, refunds that succeeded, and whether the money is the
 * merchant's to have. It compares what is posted with what is true, so it may run at any time, in any order, and again;
 * what it has posted before it leaves alone.
 */
export async function settleOrders(em: EntityManager, config: Config, orderIds: readonly string[]): Promise<void> {
  for (let from = 0; from < orderIds.length; from += AT_ONCE) {
    const orders = await findRows(em, OrderEntity, { _id: { $in: orderIds.slice(from, from + AT_ONCE) } }, ORDER_FACTS);
    const byAccount = Map.groupBy(orders.filter(isPaid), ({ merchantId, currency }) => accountIdOf(merchantId, currency));
    for (const [accountId, ofAccount] of byAccount) await settleOnAccount(em, config, accountId, ofAccount);
  }
}

const isPaid = (order: Omit<OrderFacts, 'paidAt'> & { readonly paidAt: Date | null }): order is OrderFacts => order.paidAt !== null;

async function settleOnAccount(em: EntityManager, config: Config, accountId: string, orders: readonly OrderFacts[]): Promise<void> {
  const [first] = orders;
  if (!first) return;
  const { merchantId, currency } = first;
  const terms = await termsOf(em, config, merchantId, currency);
  await onAccount(em, accountId, async (tx) => {
    const refunds = await refundsOf(tx, orders);
    const before = await settlementsOf(tx, orders);
    const account = await readAccount(tx, merchantId, currency);
    const { bookings, changed } = follow(orders, refunds, before, terms);
    const pendingChange = sum(changed.map((after) => pendingOf(after) - pendingBefore(before.get(after.id))));
    await book(tx, account, bookings, pendingChange);
    await keep(tx, changed);
  });
}

const pendingBefore = (settlement: OrderSettlement | undefined): number => (settlement ? pendingOf(settlement) : 0);

/** Only of orders that gave something back: of the others there are none. */
async function refundsOf(tx: EntityManager, orders: readonly OrderFacts[]): Promise<RefundFacts[]> {
  const orderIds = orders.filter(({ refundedTotal, lines }) => refundedTotal > 0 || lines.some((line) => line.refundedQuantity > 0)).map(({ id }) => id);
  return orderIds.length === 0 ? [] : findRows(tx, RefundEntity, { orderId: { $in: orderIds }, status: 'SUCCEEDED' }, REFUND_FACTS);
}

async function settlementsOf(tx: EntityManager, orders: readonly OrderFacts[]): Promise<Map<string, OrderSettlement>> {
  const found = await findRows(tx, SettlementEntity, { _id: { $in: orders.map(({ id }) => id) } }, SETTLEMENT_FIELDS);
  return new Map(found.map((settlement) => [settlement.id, settlement]));
}

interface Fact {
  readonly at: Date;
  readonly order: OrderFacts;
  readonly refund: RefundFacts | null;
}

/** What has to be booked, in the order in which it happened, and how the orders stand afterwards. */
function follow(orders: readonly OrderFacts[], refunds: readonly RefundFacts[], before: ReadonlyMap<string, OrderSettlement>, terms: (paidAt: Date) => Terms) {
  const after = new Map(before);
  const bookings = factsOf(orders, refunds)
    .filter(({ order, refund }) => (refund ? !before.get(order.id)?.refundIds.includes(refund.id) : !before.has(order.id)))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .flatMap((fact) => (fact.refund ? followRefund(after, fact, fact.refund, refunds) : followSale(after, fact, terms)));
  for (const order of orders) {
    const settlement = after.get(order.id);
    const availableAt = availableSince(order);
    if (settlement && settlement.availableAt === null && availableAt) after.set(order.id, { ...settlement, availableAt });
  }
  return { bookings, changed: [...after.values()].filter((settlement) => before.get(settlement.id) !== settlement) };
}

function factsOf(orders: readonly OrderFacts[], refunds: readonly RefundFacts[]): Fact[] {
  const byOrder = Map.groupBy(refunds, ({ orderId }) => orderId);
  return orders.flatMap((order): Fact[] => [
    { at: order.paidAt, order, refund: null },
    ...(byOrder.get(order.id) ?? []).map((refund) => {
      const at = refund.execution?.succeededAt ?? refund.updatedAt;
      return { at: at > order.paidAt ? at : order.paidAt, order, refund };
    }),
  ]);
}

function followSale(after: Map<string, OrderSettlement>, { at, order }: Fact, terms: (paidAt: Date) => Terms): Booking[] {
  const { id, merchantId, currency, totals, platformDiscount, paidAt } = order;
  const { sums, postings } = sell({ total: totals.total, platformDiscount: platformDiscount ?? 0 }, terms(paidAt));
  after.set(id, { id, accountId: accountIdOf(merchantId, currency), currency, ...sums, net: netOf(sums), refundIds: [], availableAt: null });
  return postings.map((posting) => ({ ...posting, source: id, at, orderId: id }));
}

function followRefund(after: Map<string, OrderSettlement>, { at, order }: Fact, refund: RefundFacts, refunds: readonly RefundFacts[]): Booking[] {
  const settlement = after.get(order.id);
  if (!settlement) throw new Error(`the refund ${refund.id} comes before its order's sale`);
  const refundIds = [...settlement.refundIds, refund.id];
  const due = discountDue(
    order,
    refunds.filter(({ id }) => refundIds.includes(id)),
  );
  const { sums, postings } = payBack(settlement, { amount: refund.approvedAmount ?? 0, discountDue: due });
  after.set(order.id, { ...settlement, ...sums, net: netOf(sums), refundIds });
  return postings.map((posting) => ({ ...posting, source: refund.id, at, orderId: order.id, refundId: refund.id }));
}

/** The buyer has it and is content, or it was called off and all that goes back is back. */
function availableSince({ status, completedAt, updatedAt, refundPendingTotal }: OrderFacts): Date | null {
  if (status === 'COMPLETED') return completedAt ?? updatedAt;
  return status === 'CANCELLED' && refundPendingTotal === 0 ? updatedAt : null;
}

async function keep(tx: EntityManager, changed: readonly OrderSettlement[]): Promise<void> {
  if (changed.length === 0) return;
  const writes = changed.map(({ id, ...settlement }) => ({ replaceOne: { filter: { _id: id }, replacement: settlement, upsert: true } }));
  await rawCollection(tx, SettlementEntity).bulkWrite(writes, sessionOf(tx));
}
