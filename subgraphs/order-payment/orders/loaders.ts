import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Order, OrderGroup } from './entities.ts';
import { GROUP_FIELDS, ORDER_FIELDS } from './sources.ts';

/** Whole rows but for the timeline, which few screens show and which grows. */
export function createLoaders(em: EntityManager) {
  const orders = (filter: object) => findRows(em, Order, filter, ORDER_FIELDS);
  return {
    /** Placed groups; an intent is nobody's business. */
    orderGroup: oneByKey(
      (ids: readonly string[]) => findRows(em, OrderGroup, { _id: { $in: [...ids] }, placedAt: { $type: 'date' } }, GROUP_FIELDS),
      (group) => group.id,
    ),
    order: oneByKey((ids: readonly string[]) => orders({ _id: { $in: [...ids] } }), (order) => order.id),
    orderByNumber: oneByKey((numbers: readonly string[]) => orders({ number: { $in: [...numbers] } }), (order) => order.number),
    ordersByGroup: manyByKey((groupIds: readonly string[]) => orders({ groupId: { $in: [...groupIds] } }), (order) => order.groupId),
    orderTimeline: oneByKey((ids: readonly string[]) => findRows(em, Order, { _id: { $in: [...ids] } }, ['timeline']), (order) => order.id),
  };
}
