import type { EntityManager } from '@mikro-orm/mongodb';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { mayMove, type OrderActor, type OrderStatus } from './domain.ts';
import { Order, type StoredOrderEvent } from './entities.ts';

export interface Move {
  readonly at: Date;
  readonly actor: OrderActor;
  /** Further fields that change with the status, by stored name. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly inc?: Readonly<Record<string, number>>;
  readonly data?: StoredOrderEvent['data'];
  /** Timeline entries other than one named like the new status. */
  readonly events?: readonly StoredOrderEvent[];
}

/**
 * The only way an order's status changes: one conditional update on status and version. False when the race was lost:
 * read again and decide.
 */
export async function moveOrder(tx: EntityManager, order: { id: string; status: OrderStatus; version: number }, to: OrderStatus, move: Move): Promise<boolean> {
  const { at, actor, set = {}, inc = {}, data = [], events = [{ at, type: to, actor, data }] } = move;
  if (!mayMove(order.status, to)) return false;
  const { modifiedCount } = await rawCollection(tx, Order).updateOne(
    { _id: order.id, status: order.status, version: order.version },
    { $set: { ...set, status: to, updatedAt: at }, $inc: { ...inc, version: 1 }, $push: { timeline: { $each: [...events] } } as never },
    sessionOf(tx),
  );
  return modifiedCount === 1;
}
