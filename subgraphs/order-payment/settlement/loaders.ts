import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import { byArguments, manyByKey, oneByKey } from '#platform/loaders.ts';
import type { PageArgs } from '#platform/pagination.ts';
import { findRows } from '#platform/rows.ts';
import { balancesOf } from './balances.ts';
import { GIVEN_BACK } from './domain.ts';
import { CommissionTerms, OrderSettlement as SettlementEntity, Payout } from './entities.ts';
import { type LedgerArgs, ledgersOf, payoutsOf } from './lists.ts';
import { type OrderSettlement, PAYOUT_FIELDS, SETTLEMENT_FIELDS } from './sources.ts';

export function createLoaders(em: EntityManager) {
  return {
    orderSettlement: oneByKey(
      (orderIds: readonly string[]) => findRows(em, SettlementEntity, { _id: { $in: [...orderIds] } }, SETTLEMENT_FIELDS),
      (settlement) => settlement.id,
    ),
    payout: oneByKey(
      (ids: readonly string[]) => findRows(em, Payout, { _id: { $in: [...ids] } }, PAYOUT_FIELDS),
      (payout) => payout.id,
    ),
    payoutOfSettlement: new DataLoader((settlements: readonly OrderSettlement[]) => payoutsThatPaid(em, settlements)),
    balancesByMerchant: manyByKey(
      (merchantIds: readonly string[]) => balancesOf(em, merchantIds),
      ({ merchantId }) => merchantId,
    ),
    commissionTerms: oneByKey(
      (merchantIds: readonly string[]) => findRows(em, CommissionTerms, { _id: { $in: [...merchantIds] } }, ['rates']),
      (terms) => terms.id,
    ),
    ledgerByMerchant: byArguments((args: LedgerArgs) => ledgersOf(em, args)),
    payoutsByMerchant: byArguments((args: PageArgs) => payoutsOf(em, args)),
  };
}

/** The first payout of its account whose period ended after the money was available, unless the bank gave it back. */
async function payoutsThatPaid(em: EntityManager, settlements: readonly OrderSettlement[]) {
  const available = settlements.flatMap(({ accountId, availableAt }) => (availableAt ? [{ accountId, availableAt }] : []));
  if (available.length === 0) return settlements.map(() => null);
  const earliest = new Date(Math.min(...available.map(({ availableAt }) => availableAt.getTime())));
  const accountIds = [...new Set(available.map(({ accountId }) => accountId))];
  const payouts = await findRows(
    em,
    Payout,
    { accountId: { $in: accountIds }, cutoffAt: { $gt: earliest }, status: { $nin: [...GIVEN_BACK] } },
    PAYOUT_FIELDS,
    { sort: { periodEnd: 1 } },
  );
  const byAccount = Map.groupBy(payouts, ({ accountId }) => accountId);
  return settlements.map(({ accountId, availableAt }) => (availableAt && byAccount.get(accountId)?.find(({ cutoffAt }) => cutoffAt > availableAt)) || null);
}
