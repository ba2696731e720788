import { invalidStateError, type UserErrorData } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { mayFor } from '#platform/identity.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import { cancelGroup } from '../orders/groups.ts';
import { refundableQuantity } from '../orders/refundable.ts';
import { type OrderOutcome, orderNotFound } from '../orders/service.ts';
import type { Order } from '../orders/sources.ts';
import { closeLiveAttempt } from '../payments/attempts.ts';
import { providerUnavailable } from '../payments/errors.ts';
import { ProviderUnavailableError } from '../payments/providers/provider.ts';
import { RefusedError, readOrder } from '../refunds/changes.ts';
import { grantAtOnce } from '../refunds/decisions.ts';
import type { RefundReason } from '../refunds/entities.ts';
import { carryOut } from '../refunds/granting.ts';
import { limitsOf, planRefund } from '../refunds/plan.ts';
import { type CancelReason, checkNote, objectionTo, type Side, sideFor } from './domain.ts';

interface CancelInput {
  readonly orderId: string;
  readonly reason: CancelReason;
  readonly note?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly idempotencyKey: string;
}

type Wish = Omit<CancelInput, 'idempotencyKey'>;

/** What is kept under the idempotency key. */
interface Kept {
  readonly orderId: string | null;
  readonly userErrors: UserErrorData[];
}

const ORDER_PATH = ['input', 'orderId'];
const refused = ({ id }: Order, problem: UserErrorData): Kept => ({ orderId: id, userErrors: [problem] });
const cancelled = ({ id }: Order): Kept => ({ orderId: id, userErrors: [] });

export async function cancelOrder(context: Context, { idempotencyKey, ...wish }: CancelInput): Promise<OrderOutcome> {
  const { em, identity, loaders } = context;
  const problem = checkNote(wish.note);
  if (problem) return { order: null, userErrors: [problem] };
  const answer = await idempotent<Kept>({ em, identity, field: 'orderCancel', key: idempotencyKey, args: wish }, (complete) =>
    attempt(context, wish, complete),
  );
  if ('conflict' in answer) return { order: null, userErrors: [answer.conflict] };
  const { orderId, userErrors } = answer.result;
  return { order: orderId === null ? null : await loaders.order.load(orderId), userErrors };
}

/** Reads the order anew after each lost race, so it ends: every loss is somebody's progress along the table. */
async function attempt(context: Context, wish: Wish, complete: Complete<Kept>): Promise<Kept> {
  for (;;) {
    const order = await readOrder(context.em, wish.orderId);
    const sides = order ? sidesOf(context, order) : [];
    if (!order || sides.length === 0) return { orderId: null, userErrors: orderNotFound(ORDER_PATH).userErrors };
    if (order.status === 'CANCELLED') return cancelled(order);
    const objection = objectionTo(order, sides, wish.expectedVersion);
    if (objection) return refused(order, objection);
    const side = sideFor(order.status, sides) ?? 'MERCHANT';
    const kept = order.status === 'PENDING_PAYMENT' ? await cancelUnpaid(context, order, wish, side) : await cancelPaid(context, order, wish, side, complete);
    if (kept) return kept;
  }
}

function sidesOf({ identity }: Context, order: Order): Side[] {
  const sides: Side[] = [];
  if (isBuyer(identity, order)) sides.push('BUYER');
  if (mayFor(identity, order.merchantId, 'orders:write')) sides.push('MERCHANT');
  return sides;
}

/**
 * The payment under way is closed at its provider first. Null when it turns out paid, or somebody else was faster. One that
 * began in between is closed afterwards: what is cancelled shall not stay payable.
 */
async function cancelUnpaid(context: Context, order: Order, { reason, note }: Wish, actor: Side): Promise<Kept | null> {
  try {
    const payment = await closeLiveAttempt(context, order.groupId, 'CANCELLED');
    if (payment?.status === 'SUCCEEDED') return null;
    if (payment?.status === 'PROCESSING') return refused(order, invalidStateError(ORDER_PATH, 'PAYMENT_PROCESSING', ['PENDING_PAYMENT', 'PAID']));
  } catch (error) {
    if (error instanceof ProviderUnavailableError) return refused(order, providerUnavailable(ORDER_PATH));
    throw error;
  }
  const data = [{ key: 'reason', value: reason }, ...(note ? [{ key: 'note', value: note }] : [])];
  if (!(await cancelGroup(context, order.groupId, { actor, data }))) return null;
  await closeLateAttempt(context, order.groupId);
  return cancelled(order);
}

/** Should the provider not answer now, what is paid there all the same comes back as late money. */
async function closeLateAttempt(context: Context, groupId: string): Promise<void> {
  try {
    await closeLiveAttempt(context, groupId, 'CANCELLED');
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    context.log.warn({ groupId, error: String(error) }, 'a payment of a cancelled purchase could not be closed');
  }
}

const REFUND_REASONS: Readonly<Record<CancelReason, RefundReason>> = {
  CHANGED_MIND: 'CHANGED_MIND',
  WRONG_ADDRESS: 'OTHER',
  FOUND_CHEAPER: 'CHANGED_MIND',
  OUT_OF_STOCK: 'OUT_OF_STOCK',
  FRAUD: 'OTHER',
  OTHER: 'OTHER',
};

/** Cancelled, its stock freed and the full refund granted in one transaction; the money follows. Null when the race was lost. */
async function cancelPaid(context: Context, seen: Order, { reason, note }: Wish, actor: Side, complete: Complete<Kept>): Promise<Kept | null> {
  try {
    const granted = await transaction(context.em, async (tx) => {
      const order = await readOrder(tx, seen.id);
      if (order?.version !== seen.version) return null;
      const lines = order.lines.map((line) => ({ orderLineId: line.id, quantity: refundableQuantity(line) })).filter(({ quantity }) => quantity > 0);
      const { plan, problem } = planRefund(limitsOf(order), { lines, shipping: 'ALL' });
      if (!plan) throw new RefusedError(problem);
      const decision = { actor, reason: note ?? reason, automatic: actor === 'BUYER' };
      const refund = await grantAtOnce(context, tx, order, plan, REFUND_REASONS[reason], decision);
      await complete(cancelled(order), tx);
      return refund;
    });
    if (!granted) return null;
    await carryOut(context, granted);
    return cancelled(seen);
  } catch (error) {
    if (error instanceof RefusedError) return refused(seen, error.problem);
    throw error;
  }
}
