import type { EntityManager } from '@mikro-orm/mongodb';
import { unschedule } from '#platform/jobs.ts';
import { findRows, updateRow, updateRows } from '#platform/rows.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { giveBackCoupons, reserveStock, type StockLines, useCoupons } from '../siblings.ts';
import { giveBackNow, scheduleGiveBack } from './coupons.ts';
import type { OrderActor } from './domain.ts';
import { Order, OrderGroup, type StoredCouponUse, type StoredOrderEvent } from './entities.ts';
import { type OrderTopic, tellOf } from './events.ts';
import { moveStockNow, scheduleStock } from './stock.ts';

/** Due when an unpaid group expires; its subject is the group. */
export const EXPIRY_JOB = 'group-expiry';

export interface PaymentFacts {
  readonly groupId: string;
  readonly paymentId: string;
  readonly method: string;
  readonly paidAt: Date;
  /** Late money: the reservation that `reserveAgain` made for an EXPIRED group. */
  readonly reservationId?: string;
}

export type PaidOutcome = 'PAID' | 'ALREADY_PAID' | 'EXPIRED' | 'CANCELLED' | 'NOT_FOUND';

/**
 * The money is here: the group and all its orders become PAID, in the transaction in which the payment succeeds. Anything
 * but PAID says that nothing was changed and why: the money then matches no payable order.
 */
export async function markGroupPaid(tx: EntityManager, { groupId, paymentId, method, paidAt, reservationId }: PaymentFacts): Promise<PaidOutcome> {
  const from = reservationId === undefined ? 'PENDING_PAYMENT' : 'EXPIRED';
  const revived = reservationId === undefined ? {} : { reservationId };
  const group = await updateRow(
    tx,
    OrderGroup,
    { _id: groupId, status: from },
    { $set: { status: 'PAID', paymentId, paidAt, ...revived }, $inc: { version: 1 } },
    ['status'],
  );
  if (!group) return whyUnpayable(tx, groupId);
  const data = [{ key: 'paymentId', value: paymentId }];
  await moveAll(
    tx,
    groupId,
    from,
    'PAID',
    { at: paidAt, actor: 'PAYMENT_PROVIDER', set: { paymentStatus: 'PAID', paidAt, paymentMethod: method, expiresAt: null, ...revived }, data },
    'order.paid',
  );
  await unschedule(tx, EXPIRY_JOB, groupId);
  return 'PAID';
}

async function whyUnpayable(tx: EntityManager, groupId: string): Promise<PaidOutcome> {
  const [group] = await findRows(tx, OrderGroup, { _id: groupId }, ['status']);
  switch (group?.status) {
    case 'PAID':
      return 'ALREADY_PAID';
    case 'EXPIRED':
    case 'CANCELLED':
      return group.status;
    default:
      return 'NOT_FOUND';
  }
}

/**
 * Tries to have an EXPIRED group's goods, and the uses of its coupons, again, for the payment that came late. Answers the
 * reservation for `markGroupPaid`, or null where either is gone. Repeatable: the same payment reserves once.
 */
export async function reserveAgain(context: Context, groupId: string, paymentId: string): Promise<string | null> {
  const { em, siblings } = context;
  const reservationId = `${groupId}-${paymentId}`;
  const [group] = await findRows(em, OrderGroup, { _id: groupId }, ['couponUses', 'buyerId', 'guestId']);
  // Before the goods: a refusal here leaves nothing that the same payment, asked about twice at once, could share.
  if (group?.couponUses && !(await useCouponsAgain(context, { groupId, reservationId, ...group, couponUses: group.couponUses }))) return null;
  const orders = await findRows(em, Order, { groupId }, ['lines', 'pickupLocationId']);
  const groupLines = orders.flatMap(({ lines, pickupLocationId }) =>
    lines.map(({ variantId, quantity }) => ({ variantId, quantity, locationId: pickupLocationId })),
  );
  const { reserved } = await reserveStock(siblings, { groupId: reservationId, lines: groupLines });
  if (!reserved && group?.couponUses) await giveBackCoupons(siblings, { reference: reservationId, couponIds: null });
  return reserved ? reservationId : null;
}

interface FormerUses {
  readonly groupId: string;
  readonly reservationId: string;
  readonly buyerId: string | null;
  readonly guestId: string | null;
  readonly couponUses: readonly StoredCouponUse[];
}

/** A coupon that has ended since still counts: it was agreed on. One that others have used up meanwhile does not. */
async function useCouponsAgain({ siblings }: Context, { groupId, reservationId, buyerId, guestId, couponUses }: FormerUses): Promise<boolean> {
  // Its own first uses must not stand in its way, should they not be back yet.
  await giveBackCoupons(siblings, { reference: groupId, couponIds: null });
  const couponIds = couponUses.map(({ couponId }) => couponId);
  return (await useCoupons(siblings, { reference: reservationId, cartId: null, buyerId, guestId, couponIds })) === null;
}

/** Gives back what `reserveAgain` took, when `markGroupPaid` answered other than PAID; unless a repetition of the same payment used it. */
export async function dropReservation(context: Context, groupId: string, reservationId: string): Promise<void> {
  const [group] = await findRows(context.em, OrderGroup, { _id: groupId }, ['reservationId', 'couponUses']);
  if (group?.reservationId === reservationId) return;
  if (group?.couponUses) await giveBackCoupons(context.siblings, { reference: reservationId, couponIds: null });
  const stock = wholeReservation(reservationId, 'unused');
  await scheduleStock(context.em, 'RELEASE', stock);
  await moveStockNow(context, 'RELEASE', stock);
}

const wholeReservation = (reservationId: string, why: string): StockLines => ({ reference: `${reservationId}-${why}`, groupId: reservationId, lines: null });

/**
 * PENDING_PAYMENT → EXPIRED, and the stock and the uses of coupons go back, once. False when it was paid, cancelled or expired before, or is not
 * due by the database's clock.
 */
export const expireGroup = (context: Context, groupId: string): Promise<boolean> => {
  const due = { $expr: { $lte: ['$expiresAt', '$$NOW'] } };
  return closeGroup(context, { groupId, to: 'EXPIRED', topic: 'order.expired', at: new Date(), actor: 'SYSTEM', data: [], due });
};

/** PENDING_PAYMENT → CANCELLED for the whole purchase, and the stock and the uses of coupons go back, once. */
export const cancelGroup = (context: Context, groupId: string, cause: { actor: OrderActor; data: StoredOrderEvent['data'] }): Promise<boolean> =>
  closeGroup(context, { groupId, to: 'CANCELLED', topic: 'order.cancelled', at: new Date(), due: {}, ...cause });

interface Closing {
  readonly groupId: string;
  readonly to: 'EXPIRED' | 'CANCELLED';
  readonly topic: OrderTopic;
  readonly at: Date;
  readonly actor: OrderActor;
  readonly data: StoredOrderEvent['data'];
  /** Further conditions on the group. */
  readonly due: object;
}

async function closeGroup(context: Context, { groupId, to, topic, at, actor, data, due }: Closing): Promise<boolean> {
  const stock = wholeReservation(groupId, to.toLowerCase());
  const uses = { subjectId: stock.reference, reference: groupId, cancelledIn: null };
  const closed = await transaction(context.em, async (tx) => {
    const group = await updateRow(tx, OrderGroup, { _id: groupId, status: 'PENDING_PAYMENT', ...due }, { $set: { status: to }, $inc: { version: 1 } }, [
      'status',
      'couponUses',
    ]);
    if (!group) return null;
    await moveAll(tx, groupId, 'PENDING_PAYMENT', to, { at, actor, set: { expiresAt: null }, data }, topic);
    await scheduleStock(tx, 'RELEASE', stock);
    if (group.couponUses) await scheduleGiveBack(tx, uses);
    await unschedule(tx, EXPIRY_JOB, groupId);
    return group;
  });
  if (!closed) return false;
  context.wake();
  await moveStockNow(context, 'RELEASE', stock);
  if (closed.couponUses) await giveBackNow(context, uses);
  return true;
}

interface GroupMove {
  readonly at: Date;
  readonly actor: OrderActor;
  readonly set: Readonly<Record<string, unknown>>;
  readonly data: StoredOrderEvent['data'];
}

/** All orders of a group at once: while it is one, they stand alike, and the group's own change is the lock. */
async function moveAll(
  tx: EntityManager,
  groupId: string,
  from: 'PENDING_PAYMENT' | 'EXPIRED',
  to: 'PAID' | 'EXPIRED' | 'CANCELLED',
  move: GroupMove,
  topic: OrderTopic,
): Promise<void> {
  const { at, actor, set, data } = move;
  const change = { $set: { ...set, status: to, updatedAt: at }, $inc: { version: 1 }, $push: { timeline: { at, type: to, actor, data } } };
  await updateRows(tx, Order, { groupId, status: from }, change);
  const orders = await findRows(tx, Order, { groupId }, ['groupId', 'buyerId', 'merchantId', 'lines']);
  await tellOf(tx, [topic], orders, at);
}
