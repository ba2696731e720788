import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import type { Document } from 'mongodb';
import { type Connection, connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { aggregateRows, rawCollection } from '#platform/rows.ts';
import type { RefundStatus } from './domain.ts';
import { RefundRequest as RefundEntity } from './entities.ts';
import { REFUND_FIELDS, type RefundRequest } from './sources.ts';

export interface RefundListArgs extends PageArgs {
  readonly status?: RefundStatus | null | undefined;
}

/** The same page of each owner's requests, the newest first, in one command however many owners there are. */
export function refundsOf(
  em: EntityManager,
  owner: 'buyerId' | 'merchantId',
  { status, ...args }: RefundListArgs,
): DataLoader<string, Connection<RefundRequest>> {
  const page = pageOf(args, 'refundRequests', [{ field: 'createdAt', direction: -1 }]);
  return new DataLoader(async (ids: readonly string[]) => {
    const pipelines = ids.map((id): Document[] => [
      { $match: { $and: [{ [owner]: id, ...(status && { status }) }, page.filter] } },
      { $sort: page.sort },
      { $limit: page.limit },
    ]);
    const [first = [], ...others] = pipelines;
    const { collectionName } = rawCollection(em, RefundEntity);
    const unions = others.map((pipeline) => ({ $unionWith: { coll: collectionName, pipeline } }));
    const byOwner = Map.groupBy(await aggregateRows(em, RefundEntity, [...first, ...unions], REFUND_FIELDS), (refund) => refund[owner]);
    return ids.map((id) => connectionOf(byOwner.get(id) ?? [], page));
  });
}
