import type { EntityManager } from '@mikro-orm/mongodb';
import { oneByKey } from '#platform/loaders.ts';
import type { Page } from '#platform/pagination.ts';
import { findRows } from '#platform/rows.ts';
import { DeliveredLine } from './entities.ts';

export const createLoaders = (em: EntityManager) => ({
  deliveredLine: oneByKey(
    (ids: readonly string[]) => findRows(em, DeliveredLine, { _id: { $in: [...ids] } }, ['buyerId', 'reviewId', 'reviewableUntil']),
    (line) => line.id,
  ),
  pendingLines: (buyerId: string, now: Date, page: Page) =>
    findRows(em, DeliveredLine, { buyerId, reviewId: null, reviewableUntil: { $gt: now }, ...page.filter }, ['reviewableUntil'], {
      sort: page.sort,
      limit: page.limit,
    }),
});
