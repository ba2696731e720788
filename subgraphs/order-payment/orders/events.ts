import type { EntityManager } from '@mikro-orm/mongodb';
import { publishAll } from '#platform/outbox.ts';
import type { Order } from './sources.ts';

export type OrderTopic =
  | 'order.placed'
  | 'order.paid'
  | 'order.accepted'
  | 'order.ready_for_pickup'
  | 'order.shipped'
  | 'order.delivered'
  | 'order.completed'
  | 'order.cancelled'
  | 'order.expired'
  | 'order.adopted';

type Told = Pick<Order, 'id' | 'groupId' | 'buyerId' | 'merchantId' | 'lines'>;

/** Tells the other subgraphs what happened to these orders: each topic in turn, in the caller's transaction. */
export const tellOf = (tx: EntityManager, topics: readonly OrderTopic[], orders: readonly Told[], at: Date): Promise<void> =>
  publishAll(
    tx,
    orders.flatMap((order) => topics.map((topic) => ({ topic, subjectId: order.id, data: eventData(order, at) }))),
  );

const eventData = ({ id, groupId, buyerId, merchantId, lines }: Told, at: Date) => ({
  orderId: id,
  groupId,
  buyerId,
  merchantId,
  lines: lines.map((line) => ({ orderLineId: line.id, productId: line.productId, variantId: line.variantId, quantity: line.quantity })),
  at: at.toISOString(),
});
