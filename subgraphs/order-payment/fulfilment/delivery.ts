import type { EntityManager } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { invalidStateError, lengthError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { mayFor } from '#platform/identity.ts';
import { type Job, schedule } from '#platform/jobs.ts';
import { findRows, updateRow } from '#platform/rows.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import type { OrderActor } from '../orders/domain.ts';
import { Order as OrderEntity } from '../orders/entities.ts';
import { tellOf } from '../orders/events.ts';
import { ORDER_FIELDS, type Order } from '../orders/sources.ts';
import { moveOrder } from '../orders/transitions.ts';
import { mayBecome, SHIPMENT_TRANSITIONS, type ShipmentStatus } from './domain.ts';
import { Shipment as ShipmentEntity, type StoredTrackingEvent } from './entities.ts';
import type { ShipmentOutcome } from './shipping.ts';
import { SHIPMENT_FIELDS } from './sources.ts';

/** Completes a delivered order by itself; its subject is the order. */
export const COMPLETION_JOB = 'order-completion';

interface TrackingInput {
  readonly shipmentId: string;
  readonly status: ShipmentStatus;
  readonly at: Date;
  readonly description: string;
  readonly place?: string | null | undefined;
}

const TEXT = { max: 500 };
/** Carriers' clocks differ from ours. */
const TOLERANCE_MS = 5 * 60_000;
const SHIPMENT = { en: 'The shipment', zh: '包裹' };

/** What the carrier says; the last parcel that arrives delivers the order. */
export async function updateTracking(context: Context, input: TrackingInput): Promise<ShipmentOutcome> {
  const problem = checkReport(input);
  if (problem) return { shipment: null, order: null, userErrors: [problem] };
  const outcome = await transaction(context.em, (tx) => track(context, tx, input));
  if (outcome.userErrors.length === 0) context.wake();
  return outcome;
}

function checkReport({ at, description, place }: TrackingInput): UserErrorData | null {
  if (at.getTime() > Date.now() + TOLERANCE_MS) return validationError(['input', 'at'], { en: 'Must not be in the future.', zh: '时间不能晚于现在。' });
  return lengthError(['input', 'description'], description, TEXT) ?? lengthError(['input', 'place'], place, TEXT);
}

async function track(context: Context, tx: EntityManager, input: TrackingInput): Promise<ShipmentOutcome> {
  const [shipment] = await findRows(tx, ShipmentEntity, { _id: input.shipmentId }, SHIPMENT_FIELDS);
  const [order] = shipment ? await findRows(tx, OrderEntity, { _id: shipment.orderId }, ORDER_FIELDS) : [];
  if (!shipment || !order || !mayFor(context.identity, order.merchantId, 'orders:write')) {
    return { shipment: null, order: null, userErrors: [notFoundError(['input', 'shipmentId'], SHIPMENT)] };
  }
  const event: StoredTrackingEvent = { at: input.at, status: input.status, description: input.description, place: input.place ?? null };
  if (shipment.events.some((known) => isSameReport(known, event))) return { shipment, order, userErrors: [] };
  if (!mayBecome(shipment.status, event.status)) {
    return { shipment, order, userErrors: [invalidStateError(['input', 'status'], shipment.status, SHIPMENT_TRANSITIONS[shipment.status])] };
  }
  const reported = await updateRow(
    tx,
    ShipmentEntity,
    { _id: shipment.id, version: shipment.version },
    { $set: { status: event.status, ...(event.status === 'DELIVERED' && { deliveredAt: event.at }) }, $push: { events: event }, $inc: { version: 1 } },
    SHIPMENT_FIELDS,
  );
  if (!reported) throw new Error(`the shipment ${shipment.id} changed inside the transaction that read it`);
  return { shipment: reported, order: event.status === 'DELIVERED' ? await deliverIfArrived(context.config, tx, order) : order, userErrors: [] };
}

const isSameReport = (a: StoredTrackingEvent, b: StoredTrackingEvent): boolean =>
  a.at.getTime() === b.at.getTime() && a.status === b.status && a.description === b.description && a.place === b.place;

/** A shipped order is delivered when none of its parcels is on its way any more. */
export async function deliverIfArrived(config: Config, tx: EntityManager, order: Order): Promise<Order> {
  if (order.status !== 'SHIPPED') return order;
  const onTheirWay = await findRows(tx, ShipmentEntity, { orderId: order.id, status: { $nin: ['DELIVERED', 'RETURNED'] } }, ['status'], { limit: 1 });
  return onTheirWay.length > 0 ? order : ((await deliver(config, tx, order, 'MERCHANT')) ?? order);
}

/** SHIPPED or READY_FOR_PICKUP → DELIVERED; from now on it completes by itself. */
export async function deliver(
  config: Config,
  tx: EntityManager,
  order: Order,
  actor: OrderActor,
  set: Readonly<Record<string, unknown>> = {},
): Promise<Order | null> {
  const at = new Date();
  const autoCompleteAt = new Date(at.getTime() + config.ORDER_AUTO_COMPLETE_SECONDS * 1000);
  const delivered = await moveOrder(tx, order, ['DELIVERED'], { at, actor, set: { ...set, deliveredAt: at, fulfilmentStatus: 'DELIVERED', autoCompleteAt } });
  if (!delivered) return null;
  await schedule(tx, { kind: COMPLETION_JOB, subjectId: order.id, runAt: autoCompleteAt });
  await tellOf(tx, ['order.delivered'], [delivered], at);
  return delivered;
}

/** How long an open refund request puts the completion off before it is looked at again. */
const OPEN_REFUND_PAUSE_MS = 3600_000;

/** Nobody said otherwise in time. An open refund request blocks it. */
export async function completeDueOrder(context: Context, { subjectId, now: at }: Pick<Job, 'subjectId' | 'now'>): Promise<void> {
  await transaction(context.em, async (tx) => {
    const [order] = await findRows(tx, OrderEntity, { _id: subjectId, status: 'DELIVERED' }, ORDER_FIELDS);
    if (!order?.autoCompleteAt) return;
    const again = order.autoCompleteAt > at ? order.autoCompleteAt : hasOpenRefund(order) ? pauseFrom(at, context.config) : null;
    if (again) return schedule(tx, { kind: COMPLETION_JOB, subjectId, runAt: again });
    const completed = await moveOrder(tx, order, ['COMPLETED'], { at, actor: 'SYSTEM', set: { completedAt: at, autoCompleteAt: null } });
    if (completed) await tellOf(tx, ['order.completed'], [completed], at);
  });
  context.wake();
}

const pauseFrom = (at: Date, { ORDER_AUTO_COMPLETE_SECONDS }: Config): Date =>
  new Date(at.getTime() + Math.min(OPEN_REFUND_PAUSE_MS, ORDER_AUTO_COMPLETE_SECONDS * 1000));

/** Units or money that a request which is not settled yet holds. */
const hasOpenRefund = ({ lines, refundPendingTotal }: Order): boolean => refundPendingTotal > 0 || lines.some((line) => line.refundPendingQuantity > 0);
