import type { PlacedOrder } from '../../subgraphs/order-payment/checkout/snapshots.ts';
import { COMPLETION_JOB } from '../../subgraphs/order-payment/fulfilment/delivery.ts';
import { afterParcel, isAllGone, type Parcel, restOf } from '../../subgraphs/order-payment/fulfilment/domain.ts';
import type { Shipment, StoredTrackingEvent } from '../../subgraphs/order-payment/fulfilment/entities.ts';
import { mayPass, type OrderActor, type OrderStatus } from '../../subgraphs/order-payment/orders/domain.ts';
import type { StoredOrderEvent } from '../../subgraphs/order-payment/orders/entities.ts';
import { HOUR, MINUTE } from './calendar.ts';
import type { Demo, Stored } from './documents.ts';
import { demoCode, demoId } from './ids.ts';
import { type JobRow, jobRow } from './jobs.ts';
import type { OrderDraft } from './purchases.ts';
import { type Random, randomOf } from './random.ts';
import type { StockBook } from './stock.ts';

/** One order as it grows, and what comes to be beside it. */
export interface Life {
  readonly demo: Demo;
  readonly draft: OrderDraft;
  readonly stock: StockBook;
  readonly random: Random;
  order: PlacedOrder;
  readonly shipments: Stored<Shipment>[];
  readonly jobs: JobRow[];
}

export const lifeOf = (demo: Demo, draft: OrderDraft, order: PlacedOrder, stock: StockBook): Life => ({
  demo,
  draft,
  stock,
  random: randomOf('life', draft.number),
  order,
  shipments: [],
  jobs: [],
});

interface Move {
  readonly age: number;
  readonly actor: OrderActor;
  readonly set?: Partial<PlacedOrder>;
  readonly data?: StoredOrderEvent['data'];
  readonly events?: readonly string[];
}

/** What `moveOrder` and `changeOrder` do to an order, along the same table. */
export function move(life: Life, path: readonly OrderStatus[], { age, actor, set = {}, data = [], events = [] }: Move): void {
  const { order, demo } = life;
  if (path.length > 0 && !mayPass(order.status, path)) throw new Error(`a demo order cannot go from ${order.status} to ${path.join(', ')}`);
  const at = demo.calendar.before(age);
  life.order = {
    ...order,
    ...set,
    status: path.at(-1) ?? order.status,
    version: order.version + 1,
    updatedAt: at,
    timeline: [...order.timeline, ...[...path, ...events].map((type) => ({ at, type, actor, data: [...data] }))],
  };
}

/** Paid goods go their way as far as the draft says; answers how long ago the last step was. */
export function fulfil(life: Life, paidAge: number): number {
  const { draft, random } = life;
  if (draft.fate === 'PAID' || draft.fate === 'CANCELLED') return paidAge;
  const acceptedAge = paidAge - random.int(20, 9 * 60) * MINUTE;
  move(life, ['PROCESSING'], { age: acceptedAge, actor: 'MERCHANT' });
  if (draft.fate === 'PROCESSING') return acceptedAge;
  return life.order.deliveryMode === 'PICKUP' ? collect(life, acceptedAge) : send(life, acceptedAge);
}

function collect(life: Life, acceptedAge: number): number {
  const { draft, order, random, stock } = life;
  const readyAge = acceptedAge - random.int(1, 4) * HOUR;
  move(life, ['READY_FOR_PICKUP'], {
    age: readyAge,
    actor: 'MERCHANT',
    set: { pickupCode: String(random.int(0, 99_999_999)).padStart(8, '0'), pickupTries: 0 },
  });
  if (draft.fate === 'READY') return readyAge;
  const collectedAge = readyAge - random.int(2, 20) * HOUR;
  const parcel = restOf(order.lines);
  stock.ship(order.reservationId, `pickup-${order.id}`, collectedAge, unitsOf(life, parcel));
  return arrive(life, collectedAge, { lines: afterParcel(order.lines, parcel), pickupCode: null });
}

function send(life: Life, acceptedAge: number): number {
  const { draft, random, order } = life;
  const sentAge = acceptedAge - random.int(2, 15) * HOUR;
  const rest = restOf(order.lines);
  const isPart = draft.fate === 'PARTLY_SHIPPED' && rest.length > 1;
  const isSplit = rest.length > 2 && random.chance(0.15);
  const parcels = isPart ? [rest.slice(0, 1)] : isSplit ? [rest.slice(0, 1), rest.slice(1)] : [rest];
  parcels.forEach((parcel, index) => dispatch(life, parcel, sentAge - index * HOUR));
  const goneAge = sentAge - (parcels.length - 1) * HOUR;
  if (draft.fate === 'SHIPPED' || draft.fate === 'PARTLY_SHIPPED') return goneAge;
  const isFile = order.deliveryMode === 'DIGITAL';
  const arrivedAge = goneAge - (isFile ? random.int(1, 10) * MINUTE : random.int(24, 72) * HOUR);
  for (const shipment of life.shipments) report(life, shipment, goneAge, arrivedAge);
  return arrive(life, arrivedAge, {});
}

/** A parcel leaves the house. */
function dispatch(life: Life, parcel: readonly Parcel[], age: number): void {
  const { demo, draft, order, shipments, stock } = life;
  const id = demoId('shipment', age, `${draft.number} ${shipments.length}`);
  const lines = afterParcel(order.lines, parcel);
  const isLast = isAllGone(lines);
  const data = [{ key: 'shipmentId', value: id }];
  move(life, isLast ? ['SHIPPED'] : [], {
    age,
    actor: 'MERCHANT',
    set: { lines, fulfilmentStatus: isLast ? 'SHIPPED' : 'PARTIALLY_SHIPPED' },
    data,
    events: isLast ? [] : ['PARTIALLY_SHIPPED'],
  });
  stock.ship(order.reservationId, id, age, unitsOf(life, parcel));
  shipments.push({
    _id: id,
    createdAt: demo.calendar.before(age),
    orderId: order.id,
    lines: parcel.map(({ orderLineId, quantity }) => ({ orderLineId, quantity })),
    carrier: draft.merchant.words.carrier,
    trackingNumber: demoCode(12, `tracking ${id}`),
    status: 'SHIPPED',
    version: 1,
    events: [],
    shippedAt: demo.calendar.before(age),
    deliveredAt: null,
  });
}

/** What the carrier said on the way. */
function report({ demo }: Life, shipment: Stored<Shipment>, sentAge: number, arrivedAge: number): void {
  const event = (age: number, status: StoredTrackingEvent['status'], description: string): StoredTrackingEvent => ({
    at: demo.calendar.before(age),
    status,
    description,
    place: null,
  });
  shipment.events.push(event((sentAge + arrivedAge) / 2, 'IN_TRANSIT', '运输中 In transit'), event(arrivedAge, 'DELIVERED', '已签收 Delivered'));
  shipment.status = 'DELIVERED';
  shipment.deliveredAt = demo.calendar.before(arrivedAge);
  shipment.version += shipment.events.length;
}

/** The goods are there; buyers confirm it, or time does. */
function arrive(life: Life, age: number, set: Partial<PlacedOrder>): number {
  const { demo, draft, random } = life;
  const completesAfter = demo.config.ORDER_AUTO_COMPLETE_SECONDS * 1000;
  const deliveredAt = demo.calendar.before(age);
  const autoCompleteAt = new Date(deliveredAt.getTime() + completesAfter);
  move(life, ['DELIVERED'], { age, actor: 'MERCHANT', set: { ...set, deliveredAt, fulfilmentStatus: 'DELIVERED', autoCompleteAt } });
  if (draft.fate === 'DELIVERED') {
    life.jobs.push(jobRow(COMPLETION_JOB, life.order.id, autoCompleteAt));
    return age;
  }
  const isConfirmed = random.chance(0.6);
  const completedAge = age - (isConfirmed ? random.int(1, 120) * HOUR : completesAfter);
  move(life, ['COMPLETED'], {
    age: completedAge,
    actor: isConfirmed ? 'BUYER' : 'SYSTEM',
    set: { completedAt: demo.calendar.before(completedAge), autoCompleteAt: null },
  });
  return completedAge;
}

/** A parcel by variant, as the stock is told. */
export function unitsOf({ order }: Pick<Life, 'order'>, parcel: readonly Parcel[]): { variantId: string; quantity: number }[] {
  return parcel.flatMap(({ orderLineId, quantity }) => {
    const line = order.lines.find(({ id }) => id === orderLineId);
    return line ? [{ variantId: line.variantId, quantity }] : [];
  });
}
