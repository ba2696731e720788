import { invalidStateError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import { mayFor } from '#platform/identity.ts';
import { findRows, updateRows } from '#platform/rows.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { isBuyer } from './access.ts';
import { type OrderStatus, statusesBefore } from './domain.ts';
import { Order as OrderEntity, OrderGroup } from './entities.ts';
import { type OrderTopic, tellOf } from './events.ts';
import { ORDER_FIELDS, type Order } from './sources.ts';
import { type Move, moveOrder } from './transitions.ts';

export interface OrderOutcome {
  readonly order: Order | null;
  readonly userErrors: UserErrorData[];
}

const ORDER = { en: 'The order', zh: '订单' };

export const orderNotFound = (path: readonly string[]): OrderOutcome => ({ order: null, userErrors: [notFoundError(path, ORDER)] });

/** The merchant takes a paid order on. */
export function acceptOrder(context: Context, orderId: string): Promise<OrderOutcome> {
  return changeOrder(context, orderId, {
    may: (order) => mayFor(context.identity, order.merchantId, 'orders:write'),
    isDone: (order) => order.status === 'PROCESSING',
    path: () => ['PROCESSING'],
    topics: () => ['order.accepted'],
    change: (at) => ({ at, actor: 'MERCHANT' }),
  });
}

/** The buyer has everything: the order is complete, through DELIVERED where nobody said so yet. */
export function confirmReceipt(context: Context, orderId: string): Promise<OrderOutcome> {
  return changeOrder(context, orderId, {
    may: (order) => isBuyer(context.identity, order),
    isDone: (order) => order.status === 'COMPLETED',
    path: ({ status }) => (status === 'DELIVERED' ? ['COMPLETED'] : ['DELIVERED', 'COMPLETED']),
    from: ['SHIPPED', 'DELIVERED'],
    topics: ({ status }) => (status === 'DELIVERED' ? ['order.completed'] : ['order.delivered', 'order.completed']),
    change: (at, { deliveredAt, fulfilmentStatus }) => ({
      at,
      actor: 'BUYER',
      set: {
        deliveredAt: deliveredAt ?? at,
        completedAt: at,
        autoCompleteAt: null,
        fulfilmentStatus: fulfilmentStatus === 'NOT_REQUIRED' ? 'NOT_REQUIRED' : 'DELIVERED',
      },
    }),
  });
}

interface Change {
  readonly may: (order: Order) => boolean;
  /** It happened before: saying it again is a success that does nothing. */
  readonly isDone: (order: Order) => boolean;
  readonly path: (order: Order) => readonly [OrderStatus, ...OrderStatus[]];
  /** The statuses from which it may be asked; by default those before the first of the path. */
  readonly from?: readonly OrderStatus[];
  readonly topics: (order: Order) => readonly OrderTopic[];
  readonly change: (at: Date, order: Order) => Move;
}

/** Reads the order anew after each lost race, so it ends: every loss is somebody's progress along the table. */
async function changeOrder(context: Context, orderId: string, change: Change): Promise<OrderOutcome> {
  for (;;) {
    const [order] = await findRows(context.em, OrderEntity, { _id: orderId }, ORDER_FIELDS);
    if (!order || !change.may(order)) return orderNotFound(['orderId']);
    if (change.isDone(order)) return { order, userErrors: [] };
    const path = change.path(order);
    const from = change.from ?? statusesBefore(path[0]);
    if (!from.includes(order.status)) return { order, userErrors: [invalidStateError(['orderId'], order.status, from)] };
    const at = new Date();
    const moved = await transaction(context.em, async (tx) => {
      const changed = await moveOrder(tx, order, path, change.change(at, order));
      if (changed) await tellOf(tx, change.topics(order), [changed], at);
      return changed;
    });
    if (!moved) continue;
    context.wake();
    return { order: moved, userErrors: [] };
  }
}

/** A guest has signed in: what the session bought becomes the account's, purchases under way included. Repeatable. */
export async function adoptGuestOrders(context: Context, { guestSessionId, userId }: { guestSessionId: string; userId: string }): Promise<void> {
  const at = new Date();
  await transaction(context.em, async (tx) => {
    await updateRows(tx, OrderGroup, { guestId: guestSessionId }, { $set: { buyerId: userId, guestId: null }, $inc: { version: 1 } });
    const orders = await findRows(tx, OrderEntity, { guestId: guestSessionId }, ['groupId', 'buyerId', 'merchantId', 'lines']);
    if (orders.length === 0) return;
    await updateRows(
      tx,
      OrderEntity,
      { guestId: guestSessionId },
      { $set: { buyerId: userId, guestId: null, updatedAt: at }, $inc: { version: 1 }, $push: { timeline: { at, type: 'ADOPTED', actor: 'BUYER', data: [] } } },
    );
    await tellOf(
      tx,
      ['order.adopted'],
      orders.map((order) => ({ ...order, buyerId: userId })),
      at,
    );
  });
  context.wake();
}
