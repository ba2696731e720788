import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { invalidStateError, lengthError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { mayFor } from '#platform/identity.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import type { OrderStatus } from '../orders/domain.ts';
import { Order as OrderEntity } from '../orders/entities.ts';
import { type OrderTopic, tellOf } from '../orders/events.ts';
import { ORDER_FIELDS, type Order } from '../orders/sources.ts';
import { moveStockNow, scheduleStock } from '../orders/stock.ts';
import { changeOrder } from '../orders/transitions.ts';
import type { StockLines } from '../siblings.ts';
import { afterParcel, checkParcel, isAllGone, type Parcel, restOf } from './domain.ts';
import { Shipment as ShipmentEntity } from './entities.ts';
import type { Shipment } from './sources.ts';

interface ShipmentCreateInput {
  readonly orderId: string;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly lines?: readonly Parcel[] | null | undefined;
  readonly idempotencyKey: string;
}

export interface ShipmentOutcome {
  shipment: Shipment | null;
  order: Order | null;
  userErrors: UserErrorData[];
}

/** What is kept under the idempotency key. */
interface Kept {
  readonly shipmentId: string | null;
  readonly orderId: string | null;
  readonly userErrors: UserErrorData[];
}

const SHIPPABLE_FROM: readonly OrderStatus[] = ['PAID', 'PROCESSING'];
const ORDER = { en: 'The order', zh: '订单' };
const NAME = { min: 1, max: 100 };

/** A parcel leaves: the order says so at once, and the stock follows under the shipment's id, whatever happens in between. */
export async function createShipment(context: Context, input: ShipmentCreateInput): Promise<ShipmentOutcome> {
  const { em, identity, loaders } = context;
  const { idempotencyKey, ...args } = input;
  const outcome = await idempotent<Kept>({ em, identity, field: 'shipmentCreate', key: idempotencyKey, args }, async (complete) => {
    const problem = checkNames(args);
    if (problem) return { shipmentId: null, orderId: null, userErrors: [problem] };
    const { kept, stock } = await transaction(em, (tx) => ship(context, tx, args, complete));
    if (stock) {
      context.wake();
      await moveStockNow(context, 'SHIP', stock);
    }
    return kept;
  });
  if ('conflict' in outcome) return { shipment: null, order: null, userErrors: [outcome.conflict] };
  const { shipmentId, orderId, userErrors } = outcome.result;
  return {
    shipment: shipmentId === null ? null : await loaders.shipment.load(shipmentId),
    order: orderId === null ? null : await loaders.order.load(orderId),
    userErrors,
  };
}

const checkNames = ({ carrier, trackingNumber }: Omit<ShipmentCreateInput, 'idempotencyKey'>): UserErrorData | null =>
  lengthError(['input', 'carrier'], carrier, NAME) ?? lengthError(['input', 'trackingNumber'], trackingNumber, NAME);

const refused = (orderId: string | null, problem: UserErrorData) => ({ kept: { shipmentId: null, orderId, userErrors: [problem] }, stock: null });

async function ship(
  context: Context,
  tx: EntityManager,
  input: Omit<ShipmentCreateInput, 'idempotencyKey'>,
  complete: Complete<Kept>,
): Promise<{ kept: Kept; stock: StockLines | null }> {
  const [order] = await findRows(tx, OrderEntity, { _id: input.orderId }, ORDER_FIELDS);
  if (!order || !mayFor(context.identity, order.merchantId, 'orders:write')) return refused(null, notFoundError(['input', 'orderId'], ORDER));
  const parcel = input.lines ?? restOf(order.lines);
  const problem = checkShippable(order) ?? checkParcel(order.lines, parcel);
  if (problem) return refused(order.id, problem);

  const at = new Date();
  const shipment = shipmentOf(order, parcel, input, at);
  const moved = await depart(tx, order, parcel, at, shipment.id);
  if (!moved) throw new Error(`the order ${order.id} changed inside the transaction that read it`);
  const { id, ...fields } = shipment;
  await rawCollection(tx, ShipmentEntity).insertOne({ _id: id, createdAt: at, ...fields }, sessionOf(tx));
  const stock = stockOf(order, parcel, shipment.id);
  await scheduleStock(tx, 'SHIP', stock);
  const kept = { shipmentId: shipment.id, orderId: order.id, userErrors: [] };
  await complete(kept, tx);
  return { kept, stock };
}

function checkShippable({ status, deliveryMode }: Order): UserErrorData | null {
  if (!SHIPPABLE_FROM.includes(status)) return invalidStateError(['input', 'orderId'], status, SHIPPABLE_FROM);
  if (deliveryMode !== 'PICKUP') return null;
  return validationError(
    ['input', 'orderId'],
    { en: 'The buyer collects this order: use pickupReady.', zh: '此订单由买家自提，请使用 pickupReady。' },
    'NOT_A_SHIPMENT',
  );
}

const shipmentOf = (order: Order, parcel: readonly Parcel[], { carrier, trackingNumber }: { carrier: string; trackingNumber: string }, at: Date): Shipment => ({
  id: newId('ship'),
  orderId: order.id,
  lines: parcel.map(({ orderLineId, quantity }) => ({ orderLineId, quantity })),
  carrier: carrier.trim(),
  trackingNumber: trackingNumber.trim(),
  status: 'SHIPPED',
  version: 1,
  events: [],
  shippedAt: at,
  deliveredAt: null,
});

/** The order after the parcel has left: accepted if nobody did, SHIPPED when it was the last. */
async function depart(tx: EntityManager, order: Order, parcel: readonly Parcel[], at: Date, shipmentId: string): Promise<Order | null> {
  const lines = afterParcel(order.lines, parcel);
  const isLast = isAllGone(lines);
  const path: OrderStatus[] = [...(order.status === 'PAID' ? (['PROCESSING'] as const) : []), ...(isLast ? (['SHIPPED'] as const) : [])];
  const topics: OrderTopic[] = path.map((status) => (status === 'SHIPPED' ? 'order.shipped' : 'order.accepted'));
  const data = [{ key: 'shipmentId', value: shipmentId }];
  const moved = await changeOrder(tx, order, path, {
    at,
    actor: 'MERCHANT',
    set: { lines, fulfilmentStatus: isLast ? 'SHIPPED' : 'PARTIALLY_SHIPPED' },
    data,
    events: isLast ? [] : [{ at, type: 'PARTIALLY_SHIPPED', actor: 'MERCHANT', data }],
  });
  if (moved) await tellOf(tx, topics, [moved], at);
  return moved;
}

/** What leaves, by variant, under the given reference. */
export function stockOf(order: Order, parcel: readonly Parcel[], reference: string): StockLines {
  const quantities = new Map<string, number>();
  for (const { orderLineId, quantity } of parcel) {
    const line = order.lines.find(({ id }) => id === orderLineId);
    if (line) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + quantity);
  }
  return { reference, groupId: order.reservationId, lines: [...quantities].map(([variantId, quantity]) => ({ variantId, quantity })) };
}
