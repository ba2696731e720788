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

/**
 * Any other change of one order: a conditional update on its version; `path` may be empty. Null when the race was lost or
 * the table does not allow the path: read again and decide.
 */
export async function changeOrder(tx: EntityManager, order: OrderRow, path: readonly OrderStatus[], move: Move): Promise<OrderRow | null> {
  const [first, ...rest] = path;
  if (first !== undefined) return moveOrder(tx, order, [first, ...rest], move);
  const { at, set, inc, events = [] } = move;
  return updateRow(
    tx,
    Order,
    { _id: order.id, version: order.version },
    { $set: { ...set, updatedAt: at }, $inc: { ...inc, version: 1 }, $push: { timeline: { $each: [...events] } } },
    ORDER_FIELDS,
  );
}
