import type { EntityManager } from '@mikro-orm/mongodb';
import type { UserErrorData } from '#platform/errors.ts';
import { findRows, updateRow } from '#platform/rows.ts';
import type { OrderActor } from '../orders/domain.ts';
import { Order as OrderEntity, type StoredOrderEvent } from '../orders/entities.ts';
import { ORDER_FIELDS, type Order } from '../orders/sources.ts';
import { mayBecome, type RefundStatus } from './domain.ts';
import { RefundRequest as RefundEntity } from './entities.ts';
import { REFUND_FIELDS, type RefundRequest } from './sources.ts';

export interface RefundChange {
  readonly at: Date;
  readonly actor: OrderActor;
  readonly set?: Partial<Omit<RefundRequest, 'id' | 'status' | 'version' | 'timeline'>>;
  readonly data?: StoredOrderEvent['data'];
}

export async function readRefund(em: EntityManager, id: string): Promise<RefundRequest | null> {
  const [refund] = await findRows(em, RefundEntity, { _id: id }, REFUND_FIELDS);
  return refund ?? null;
}

export async function readOrder(em: EntityManager, id: string): Promise<Order | null> {
  const [order] = await findRows(em, OrderEntity, { _id: id }, ORDER_FIELDS);
  return order ?? null;
}

/** How each status reads in a timeline, the refund's own and the order's. */
export const timelineType = (status: RefundStatus): string => `REFUND_${status}`;

/**
 * The only way a request's status changes: a conditional update on status and version, through each status of the path,
 * with a timeline entry for each. Inside a transaction that read the request, nothing can have come between.
 */
export async function moveRefund(
  tx: EntityManager,
  refund: RefundRequest,
  path: readonly RefundStatus[],
  { at, actor, set, data = [] }: RefundChange,
): Promise<RefundRequest> {
  const isAllowed = path.every((to, index) => mayBecome(path[index - 1] ?? refund.status, to));
  const entries: StoredOrderEvent[] = path.map((status) => ({ at, type: timelineType(status), actor, data: [...data] }));
  const moved = isAllowed
    ? await updateRow(
        tx,
        RefundEntity,
        { _id: refund.id, status: refund.status, version: refund.version },
        { $set: { ...set, status: path.at(-1) ?? refund.status, updatedAt: at }, $inc: { version: 1 }, $push: { timeline: { $each: entries } } },
        REFUND_FIELDS,
      )
    : null;
  if (!moved) throw new Error(`the refund ${refund.id} cannot go from ${refund.status} to ${path.join(', ')}`);
  return moved;
}

/** What was written inside a transaction cannot have been lost to another writer. */
export function written(order: Order | null): Order {
  if (!order) throw new Error('an order changed inside the transaction that read it');
  return order;
}

/** Takes the whole transaction back: what was begun cannot be done, for a reason that the caller is told. */
export class RefusedError extends Error {
  readonly problem: UserErrorData;

  constructor(problem: UserErrorData) {
    super(problem.message.en);
    this.problem = problem;
  }
}
