import type { EntityManager } from '@mikro-orm/mongodb';
import { sum } from '#platform/money.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { Order } from '../orders/entities.ts';
import type { RefundStatus } from '../refunds/domain.ts';
import { RefundRequest } from '../refunds/entities.ts';
import { accountIdOf } from './accounts.ts';
import { discountDue } from './discounts.ts';
import { atStake, balanceOf } from './domain.ts';
import { MerchantAccount as AccountEntity, OrderSettlement } from './entities.ts';
import { ACCOUNT_FIELDS, type MerchantAccount, type MerchantBalance, SETTLEMENT_FIELDS } from './sources.ts';

/** Asked for and not answered, or granted and not paid back yet. */
const OPEN: readonly RefundStatus[] = ['REQUESTED', 'ESCALATED', 'AWAITING_RETURN', 'RETURN_SHIPPED', 'PROCESSING', 'FAILED'];

/**
 * What open refunds may take from money that was available before `cutoffAt`, per account. A refund of an order that is not
 * complete is taken from what is pending, and reserves nothing.
 */
export async function reservedOf(em: EntityManager, merchantIds: readonly string[], cutoffAt?: Date): Promise<Map<string, number>> {
  const refunds = await findRows(em, RefundRequest, { merchantId: { $in: [...merchantIds] }, status: { $in: [...OPEN] } }, [
    'orderId',
    'merchantId',
    'currency',
    'lines',
    'shippingAmount',
    'approvedAmount',
    'requestedAmount',
  ]);
  const byOrder = Map.groupBy(refunds, ({ orderId }) => orderId);
  const settlements = await availableOrders(em, [...byOrder.keys()], cutoffAt);
  const orders = await findRows(em, Order, { _id: { $in: settlements.map(({ id }) => id) } }, ['lines', 'totals', 'shippingDiscounts']);
  const orderOf = new Map(orders.map((order) => [order.id, order]));
  const stakes = settlements.map((settlement) => {
    const held = byOrder.get(settlement.id) ?? [];
    const order = orderOf.get(settlement.id);
    const together = {
      amount: sum(held.map(({ approvedAmount, requestedAmount }) => approvedAmount ?? requestedAmount)),
      discountDue: settlement.platformDiscountReversed + (order ? discountDue(order, held) : 0),
    };
    return { accountId: settlement.accountId, stake: atStake(settlement, together) };
  });
  const byAccount = Map.groupBy(stakes, ({ accountId }) => accountId);
  return new Map([...byAccount].map(([accountId, ofAccount]) => [accountId, sum(ofAccount.map(({ stake }) => stake))]));
}

async function availableOrders(em: EntityManager, orderIds: readonly string[], cutoffAt: Date | undefined) {
  if (orderIds.length === 0) return [];
  return findRows(em, OrderSettlement, { _id: { $in: [...orderIds] }, availableAt: { $ne: null, ...(cutoffAt && { $lt: cutoffAt }) } }, SETTLEMENT_FIELDS);
}

/** The balances of each merchant, one per currency in which it has sold. */
export async function balancesOf(em: EntityManager, merchantIds: readonly string[]): Promise<(MerchantBalance & { readonly merchantId: string })[]> {
  const accounts = await findRows(em, AccountEntity, { merchantId: { $in: [...merchantIds] } }, ACCOUNT_FIELDS, { sort: { _id: 1 } });
  const reserved = await reservedOf(em, merchantIds);
  return accounts.map(({ id, merchantId, currency, balance, pending }) => ({
    merchantId,
    currency,
    ...balanceOf({ balance, pending, reserved: reserved.get(id) ?? 0 }),
  }));
}

/** What may be paid out of an account for a period that ends at `cutoffAt`; never below zero. */
export async function payableOf(em: EntityManager, account: MerchantAccount, cutoffAt: Date): Promise<number> {
  const { merchantId, currency, balance, pending } = account;
  const accountId = accountIdOf(merchantId, currency);
  const reserved = (await reservedOf(em, [merchantId], cutoffAt)).get(accountId) ?? 0;
  const later = await rawCollection(em, OrderSettlement)
    .aggregate([{ $match: { accountId, availableAt: { $gte: cutoffAt }, net: { $gt: 0 } } }, { $group: { _id: null, net: { $sum: '$net' } } }], sessionOf(em))
    .toArray();
  return balanceOf({ balance, pending: pending + Number(later[0]?.['net'] ?? 0), reserved }).available;
}
