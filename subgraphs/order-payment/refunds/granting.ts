import type { EntityManager } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { schedule, unschedule } from '#platform/jobs.ts';
import { money } from '#platform/money.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { deliverIfArrived } from '../fulfilment/delivery.ts';
import { isAllGone } from '../fulfilment/domain.ts';
import { stockOf } from '../fulfilment/shipping.ts';
import { cancellationOf, giveBackNow, scheduleGiveBack } from '../orders/coupons.ts';
import { mayMove, type OrderActor, type OrderStatus } from '../orders/domain.ts';
import { OrderGroup } from '../orders/entities.ts';
import { tellOf } from '../orders/events.ts';
import type { Order } from '../orders/sources.ts';
import { moveStockNow, scheduleStock, type StockMove } from '../orders/stock.ts';
import { changeOrder } from '../orders/transitions.ts';
import { FIRST_EXECUTION, holdForRefund } from '../payments/paying-back.ts';
import type { StockLines } from '../siblings.ts';
import { moveRefund, RefusedError, written } from './changes.ts';
import type { RefundStatus } from './domain.ts';
import type { StoredRefundLine } from './entities.ts';
import { refundLimit } from './errors.ts';
import { EXECUTION_JOB, runExecution } from './executions.ts';
import { deliveredUnits, grantedParts, hold, type Ledger, ledgerOf, letGo, release } from './holdings.ts';
import type { Plan } from './plan.ts';
import { refundData, settleMoney } from './settling.ts';
import type { RefundRequest } from './sources.ts';

/** Approves a request by itself; its subject is the request. */
export const AUTO_APPROVAL_JOB = 'refund-auto-approval';

/** What is left to be done after the commit; a timer does it if this process does not. */
export interface Granted {
  readonly refund: RefundRequest;
  readonly order: Order;
  readonly stock: { readonly move: StockMove; readonly lines: StockLines } | null;
}

export interface Decision {
  readonly actor: OrderActor;
  readonly reason: string | null;
  readonly automatic: boolean;
}

/** Left to the process that committed the decision before the timer takes over. */
const GRACE_MS = 15_000;

/**
 * Grants a request whose hold `order` carries: with the decision, in one transaction, units that were not shipped and
 * go back in full are freed, an order of which nothing is left is cancelled, and the money is set aside. It goes back after
 * the goods, if they have to come back.
 */
export async function grant(config: Config, tx: EntityManager, order: Order, refund: RefundRequest, plan: Plan, decision: Decision): Promise<Granted> {
  const at = new Date();
  const free = letGo(order, refund);
  const parts = grantedParts(free, plan.lines, refund.type);
  const needsReturn = refund.type === 'RETURN_AND_REFUND' && parts.some((part) => deliveredUnits(part) > 0);
  const paymentId = plan.total === 0 ? null : await setAside(tx, order, plan.total);

  const changed = await applyToOrder(config, tx, order, refund, hold(free, { ...plan, lines: parts }), parts, decision, at);
  const path: RefundStatus[] = ['APPROVED', needsReturn ? 'AWAITING_RETURN' : 'PROCESSING'];
  const granted = await moveRefund(tx, refund, path, {
    at,
    actor: decision.actor,
    set: {
      lines: parts,
      shippingAmount: plan.shippingAmount,
      approvedAmount: plan.total,
      decision: { by: decision.actor, at, approved: true, reason: decision.reason, automatic: decision.automatic },
      autoApproveAt: null,
      paymentId,
    },
  });
  await unschedule(tx, AUTO_APPROVAL_JOB, refund.id);
  const stock = await scheduleMove(
    tx,
    order,
    'RELEASE',
    refund.id,
    parts.map(({ orderLineId, releasedQuantity }) => ({ orderLineId, quantity: releasedQuantity })),
  );
  return needsReturn ? { refund: granted, order: changed, stock } : { ...(await startPayingBack(tx, changed, granted)), stock };
}

/** The cap of the payment: what all its refunds together may not exceed. */
async function setAside(tx: EntityManager, order: Order, amount: number): Promise<string> {
  const [group] = await findRows(tx, OrderGroup, { _id: order.groupId }, ['paymentId']);
  const paymentId = group?.paymentId ?? null;
  if (paymentId !== null && (await holdForRefund(tx, paymentId, amount))) return paymentId;
  throw new RefusedError(refundLimit(['input'], { orderLineId: null, refundableQuantity: null, refundableAmount: money(0, order.currency) }));
}

async function applyToOrder(
  config: Config,
  tx: EntityManager,
  order: Order,
  refund: RefundRequest,
  ledger: Ledger,
  parts: readonly StoredRefundLine[],
  { actor }: Decision,
  at: Date,
): Promise<Order> {
  const lines = release(ledger.lines, parts);
  const path = pathAfter({ ...order, lines });
  const [status] = path;
  const changed = written(
    await changeOrder(tx, order, path, {
      at,
      actor,
      set: { ...ledgerOf({ ...ledger, lines }), ...(status === 'SHIPPED' && { fulfilmentStatus: 'SHIPPED' }) },
      data: refundData(refund),
      events: [{ at, type: 'REFUND_APPROVED', actor, data: refundData(refund) }],
    }),
  );
  if (status === undefined) return changed;
  await tellOf(tx, [status === 'CANCELLED' ? 'order.cancelled' : 'order.shipped'], [changed], at);
  const cancellation = cancellationOf(changed);
  if (cancellation) await scheduleGiveBack(tx, cancellation);
  return deliverIfArrived(config, tx, changed);
}

/** An order of which nothing is left to ship is shipped, or cancelled if nothing ever was. */
function pathAfter({ status, lines }: Pick<Order, 'status' | 'lines'>): ('CANCELLED' | 'SHIPPED')[] {
  if (!isAllGone(lines)) return [];
  const to: Extract<OrderStatus, 'CANCELLED' | 'SHIPPED'> = lines.some(({ shippedQuantity }) => shippedQuantity > 0) ? 'SHIPPED' : 'CANCELLED';
  return mayMove(status, to) ? [to] : [];
}

export async function scheduleMove(
  tx: EntityManager,
  order: Order,
  move: StockMove,
  reference: string,
  parcel: readonly { orderLineId: string; quantity: number }[],
): Promise<Granted['stock']> {
  const moving = parcel.filter(({ quantity }) => quantity > 0);
  if (moving.length === 0) return null;
  const lines = stockOf(order, moving, reference);
  await scheduleStock(tx, move, lines);
  return { move, lines };
}

/** The request is PROCESSING: its money is on its way, or it is settled at once where nothing was paid. */
export async function startPayingBack(tx: EntityManager, order: Order, refund: RefundRequest): Promise<Omit<Granted, 'stock'>> {
  const at = new Date();
  if (refund.paymentId === null) return settleMoney(tx, order, refund, {});
  const started = await moveRefund(tx, refund, [], { at, actor: 'SYSTEM', set: { execution: FIRST_EXECUTION } });
  await schedule(tx, { kind: EXECUTION_JOB, subjectId: refund.id, runAt: new Date(at.getTime() + GRACE_MS) });
  return { refund: started, order };
}

/** After the commit: what the transaction promised, at once. */
export async function carryOut(context: Context, { refund, order, stock }: Granted): Promise<void> {
  context.wake();
  if (stock) await moveStockNow(context, stock.move, stock.lines);
  const cancellation = cancellationOf(order);
  if (cancellation) await giveBackNow(context, cancellation);
  if (refund.status === 'PROCESSING') await runExecution(context, { subjectId: refund.id });
}
