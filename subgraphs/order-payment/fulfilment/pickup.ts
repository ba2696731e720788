import { randomInt, timingSafeEqual } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import { invalidStateError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { mayFor } from '#platform/identity.ts';
import { findRows } from '#platform/rows.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import type { OrderStatus } from '../orders/domain.ts';
import { Order as OrderEntity } from '../orders/entities.ts';
import { tellOf } from '../orders/events.ts';
import { ORDER_FIELDS, type Order } from '../orders/sources.ts';
import { moveStockNow, scheduleStock } from '../orders/stock.ts';
import { changeOrder } from '../orders/transitions.ts';
import type { StockLines } from '../siblings.ts';
import { deliver } from './delivery.ts';
import { afterParcel, PICKUP_TRIES, restOf } from './domain.ts';
import { stockOf } from './shipping.ts';

interface OrderOutcome {
  order: Order | null;
  userErrors: UserErrorData[];
}

const READY_FROM: readonly OrderStatus[] = ['PAID', 'PROCESSING', 'READY_FOR_PICKUP'];
const ORDER = { en: 'The order', zh: '订单' };

const refused = (order: Order | null, problem: UserErrorData): OrderOutcome => ({ order, userErrors: [problem] });
const notFound = () => refused(null, notFoundError(['orderId'], ORDER));
const newCode = (): string => String(randomInt(100_000_000)).padStart(8, '0');

async function ownOrder({ identity }: Context, tx: EntityManager, orderId: string): Promise<Order | null> {
  const [order] = await findRows(tx, OrderEntity, { _id: orderId }, ORDER_FIELDS);
  return order && mayFor(identity, order.merchantId, 'orders:write') ? order : null;
}

function changed(order: Order | null): Order {
  if (!order) throw new Error('the order changed inside the transaction that read it');
  return order;
}

/** The goods lie ready for the buyer's code; asked again, for a new one. */
export async function markReady(context: Context, orderId: string): Promise<OrderOutcome> {
  const outcome = await transaction(context.em, async (tx): Promise<OrderOutcome> => {
    const order = await ownOrder(context, tx, orderId);
    if (!order) return notFound();
    if (order.deliveryMode !== 'PICKUP') {
      return refused(
        order,
        validationError(
          ['orderId'],
          { en: 'This order is delivered, not collected: use shipmentCreate.', zh: '此订单为配送订单，请使用 shipmentCreate。' },
          'NOT_A_PICKUP',
        ),
      );
    }
    if (!READY_FROM.includes(order.status)) return refused(order, invalidStateError(['orderId'], order.status, READY_FROM));
    return { order: await ready(tx, order), userErrors: [] };
  });
  if (outcome.userErrors.length === 0) context.wake();
  return outcome;
}

const READY_PATHS: Readonly<Partial<Record<OrderStatus, readonly OrderStatus[]>>> = {
  PAID: ['PROCESSING', 'READY_FOR_PICKUP'],
  PROCESSING: ['READY_FOR_PICKUP'],
  READY_FOR_PICKUP: [],
};

async function ready(tx: EntityManager, order: Order): Promise<Order> {
  const at = new Date();
  const path = READY_PATHS[order.status] ?? [];
  const isRenewal = path.length === 0;
  const events = isRenewal ? [{ at, type: 'PICKUP_CODE_RENEWED', actor: 'MERCHANT' as const, data: [] }] : [];
  const isReady = changed(
    await changeOrder(tx, order, path, {
      at,
      actor: 'MERCHANT',
      set: { pickupCode: isRenewal ? newCode() : (order.pickupCode ?? newCode()), pickupTries: 0 },
      events,
    }),
  );
  if (order.status === 'PAID') await tellOf(tx, ['order.accepted'], [isReady], at);
  if (!isRenewal) await tellOf(tx, ['order.ready_for_pickup'], [isReady], at);
  return isReady;
}

/** The cashier types the code: the goods leave, and the order is delivered. */
export async function redeemPickup(context: Context, orderId: string, code: string): Promise<OrderOutcome> {
  const { stock, ...outcome } = await transaction(context.em, (tx) => redeem(context, tx, orderId, code));
  if (stock) {
    context.wake();
    await moveStockNow(context, 'SHIP', stock);
  }
  return outcome;
}

async function redeem(context: Context, tx: EntityManager, orderId: string, code: string): Promise<OrderOutcome & { stock: StockLines | null }> {
  const order = await ownOrder(context, tx, orderId);
  if (!order) return { ...notFound(), stock: null };
  if (order.status !== 'READY_FOR_PICKUP' || order.pickupCode === null) {
    return { ...refused(order, invalidStateError(['orderId'], order.status, ['READY_FOR_PICKUP'])), stock: null };
  }
  if (order.pickupTries >= PICKUP_TRIES) return { ...refused(order, codeLocked()), stock: null };
  if (!isSameCode(order.pickupCode, code)) {
    const at = new Date();
    const tried = changed(await changeOrder(tx, order, [], { at, actor: 'MERCHANT', inc: { pickupTries: 1 } }));
    return { ...refused(tried, codeWrong(PICKUP_TRIES - tried.pickupTries)), stock: null };
  }
  const parcel = restOf(order.lines);
  const stock = stockOf(order, parcel, `pickup-${order.id}`);
  const delivered = changed(await deliver(context.config, tx, order, 'MERCHANT', { lines: afterParcel(order.lines, parcel), pickupCode: null }));
  await scheduleStock(tx, 'SHIP', stock);
  return { order: delivered, userErrors: [], stock };
}

function isSameCode(expected: string, typed: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(typed.replaceAll(/\s/g, ''))];
  return a.length === b.length && timingSafeEqual(a, b);
}

const codeWrong = (left: number) =>
  validationError(
    ['code'],
    { en: `This is not the buyer's code; ${left} ${left === 1 ? 'try' : 'tries'} left.`, zh: `取货码不正确，还可尝试 ${left} 次。` },
    'PICKUP_CODE_WRONG',
  );

const codeLocked = () =>
  validationError(
    ['code'],
    { en: 'Too many wrong codes: call pickupReady again to make a new one.', zh: '错误次数过多，请再次调用 pickupReady 生成新的取货码。' },
    'PICKUP_CODE_LOCKED',
  );
