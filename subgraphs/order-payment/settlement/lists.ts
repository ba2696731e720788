import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import type { Document } from 'mongodb';
import { type Connection, connectionOf, type Page, type PageArgs, pageOf } from '#platform/pagination.ts';
import { aggregateRows, findRows, rawCollection } from '#platform/rows.ts';
import type { PayoutStatus } from './domain.ts';
import { LedgerEntry as EntryEntity, Payout as PayoutEntity } from './entities.ts';
import { ENTRY_FIELDS, type LedgerEntry, type Payout, PAYOUT_FIELDS } from './sources.ts';

export interface LedgerArgs extends PageArgs {
  readonly range: { readonly from: Date; readonly to: Date };
}

/** The same page of each merchant's ledger, the newest first, in one command however many merchants there are. */
export function ledgersOf(em: EntityManager, { range, ...args }: LedgerArgs): DataLoader<string, Connection<LedgerEntry>> {
  const page = pageOf(
    args,
    'ledger',
    [
      { field: 'at', direction: -1 },
      { field: 'sequence', direction: -1 },
    ],
    50,
  );
  const within = { at: { $gte: range.from, $lt: range.to } };
  return pagesByMerchant(page, (pipelines) => aggregateRows(em, EntryEntity, inOne(em, EntryEntity, pipelines), ENTRY_FIELDS), within);
}

/** The same page of each merchant's payouts, the newest first. */
export function payoutsOf(em: EntityManager, args: PageArgs): DataLoader<string, Connection<Payout>> {
  const page = pageOf(args, 'payouts', [{ field: 'createdAt', direction: -1 }]);
  return pagesByMerchant(page, (pipelines) => aggregateRows(em, PayoutEntity, inOne(em, PayoutEntity, pipelines), PAYOUT_FIELDS), {});
}

function pagesByMerchant<R extends { readonly id: string; readonly merchantId: string }>(
  page: Page,
  fetch: (pipelines: readonly Document[][]) => Promise<R[]>,
  where: Document,
): DataLoader<string, Connection<R>> {
  return new DataLoader(async (merchantIds: readonly string[]) => {
    const pipelines = merchantIds.map((merchantId): Document[] => [
      { $match: { $and: [{ merchantId, ...where }, page.filter] } },
      { $sort: page.sort },
      { $limit: page.limit },
    ]);
    const byMerchant = Map.groupBy(await fetch(pipelines), ({ merchantId }) => merchantId);
    return merchantIds.map((id) => connectionOf(byMerchant.get(id) ?? [], page));
  });
}

function inOne(em: EntityManager, entity: abstract new () => object, [first = [], ...others]: readonly Document[][]): Document[] {
  const { collectionName } = rawCollection(em, entity);
  return [...first, ...others.map((pipeline) => ({ $unionWith: { coll: collectionName, pipeline } }))];
}

/** All payouts in one state, those that wait longest first: what the bank has to be told, or asked. */
export async function payoutsInState(em: EntityManager, { status, ...args }: PageArgs & { readonly status: PayoutStatus }): Promise<Connection<Payout>> {
  const page = pageOf(args, `payouts:${status}`, [{ field: '_id', direction: 1 }]);
  return connectionOf(await findRows(em, PayoutEntity, { $and: [{ status }, page.filter] }, PAYOUT_FIELDS, { sort: page.sort, limit: page.limit }), page);
}
