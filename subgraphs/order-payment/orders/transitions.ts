import type { EntityManager } from '@mikro-orm/mongodb';
import { updateRow } from '#platform/rows.ts';
import { mayPass, type OrderActor, type OrderStatus } from './domain.ts';
import { Order, type StoredOrderEvent } from './entities.ts';
import { ORDER_FIELDS, type Order as OrderRow } from './sources.ts';

export interface Move {
  readonly at: Date;
  readonly actor: OrderActor;
  /** Further fields that change with the status, by stored name. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly inc?: Readonly<Record<string, number>>;
  /** What the timeline entries say beside the new status. */
  readonly data?: StoredOrderEvent['data'];
  /** Timeline entries beside those of the new statuses. */
  readonly events?: readonly StoredOrderEvent[];
}

/**
 * The only way one order's status changes: a conditional update on status and version, through each status of the path,
 * with a timeline entry for each. Answers the order as it is then; null when the table does not allow it or the race was
 * lost: read again and decide.
 */
export async function moveOrder(
  tx: EntityManager,
  order: { readonly id: string; readonly status: OrderStatus; readonly version: number },
  path: readonly [OrderStatus, ...OrderStatus[]],
  { at, actor, set, inc, data = [], events = [] }: Move,
): Promise<OrderRow | null> {
  if (!mayPass(order.status, path)) return null;
  const entries: StoredOrderEvent[] = [...path.map((type) => ({ at, type, actor, data: [...data] })), ...events];
  return updateRow(
    tx,
    Order,
    { _id: order.id, status: order.status, version: order.version },
    { $set: { ...set, status: path.at(-1), updatedAt: at }, $inc: { ...inc, version: 1 }, $push: { timeline: { $each: entries } } },
    ORDER_FIELDS,
  );
}
