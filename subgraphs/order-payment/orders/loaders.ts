import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import { byArguments, manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Order, OrderGroup } from './entities.ts';
import { type OrderListArgs, ordersOf } from './lists.ts';
import { GROUP_FIELDS, ORDER_FIELDS } from './sources.ts';

/** Whole rows but for the timeline, which few screens show and which grows. */
export function createLoaders(em: EntityManager) {
  const orders = (filter: object, sort?: Record<string, 1>) => findRows(em, Order, filter, ORDER_FIELDS, sort ? { sort } : {});
  return {
    /** Placed groups; an intent is nobody's business. */
    orderGroup: oneByKey(
      (ids: readonly string[]) => findRows(em, OrderGroup, { _id: { $in: [...ids] }, placedAt: { $type: 'date' } }, GROUP_FIELDS),
      (group) => group.id,
    ),
    order: oneByKey(
      (ids: readonly string[]) => orders({ _id: { $in: [...ids] } }),
      (order) => order.id,
    ),
    orderByNumber: oneByKey(
      (numbers: readonly string[]) => orders({ number: { $in: [...numbers] } }),
      (order) => order.number,
    ),
    ordersByGroup: manyByKey(
      (groupIds: readonly string[]) => orders({ groupId: { $in: [...groupIds] } }, { groupId: 1, merchantId: 1 }),
      (order) => order.groupId,
    ),
    orderByLine: new DataLoader(async (lineIds: readonly string[]) => {
      const found = await orders({ 'lines.id': { $in: [...lineIds] } });
      const byLine = new Map(found.flatMap((order) => order.lines.map((line) => [line.id, order] as const)));
      return lineIds.map((id) => byLine.get(id) ?? null);
    }),
    ordersByBuyer: byArguments((args: OrderListArgs) => ordersOf(em, 'buyerId', args)),
    ordersByMerchant: byArguments((args: OrderListArgs) => ordersOf(em, 'merchantId', args)),
    orderTimeline: oneByKey(
      (ids: readonly string[]) => findRows(em, Order, { _id: { $in: [...ids] } }, ['timeline']),
      (order) => order.id,
    ),
  };
}
