import type { EntityManager } from '@mikro-orm/mongodb';
import { lengthError, type UserErrorData } from '#platform/errors.ts';
import { type Job, unschedule } from '#platform/jobs.ts';
import { mayFor } from '#platform/identity.ts';
import type { Money } from '#platform/money.ts';
import { transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import type { Order } from '../orders/sources.ts';
import { isReviewer } from './access.ts';
import { moveRefund, readOrder, readRefund } from './changes.ts';
import type { RefundReason } from './entities.ts';
import { checkStatus, noteOnOrder } from './following.ts';
import { AUTO_APPROVAL_JOB, carryOut, type Decision, type Granted, grant, scheduleMove, startPayingBack } from './granting.ts';
import { deliveredUnits, hold, letGo } from './holdings.ts';
import { carry, carryOnce, done, type Effect, notFound, type RefundOutcome, refused } from './outcome.ts';
import { limitsOf, limitsWithin, type Plan, planRefund, type WishedLine } from './plan.ts';
import { checkRefundable, insertRequest, LONGEST_TEXT } from './requests.ts';
import type { RefundRequest } from './sources.ts';

const checkReason = (reason: string): UserErrorData | null => lengthError(['input', 'reason'], reason, { min: 1, max: LONGEST_TEXT });

interface Case {
  readonly refund: RefundRequest;
  readonly order: Order;
}

async function readCase(tx: EntityManager, id: string): Promise<Case | null> {
  const refund = await readRefund(tx, id);
  const order = refund && (await readOrder(tx, refund.orderId));
  return order ? { refund, order } : null;
}

/** Null for a request of another merchant's order. */
async function caseOfMerchant({ identity }: Context, tx: EntityManager, id: string): Promise<Case | null> {
  const found = await readCase(tx, id);
  return found && isReviewer(identity, found.order) ? found : null;
}

const asRequested = ({ lines, shippingAmount, requestedAmount }: RefundRequest): Plan => ({ lines, shippingAmount, total: requestedAmount });

interface Lowering {
  readonly lines?: readonly WishedLine[] | null | undefined;
  readonly shippingAmount?: Money | null | undefined;
}

/** What is granted: as requested, or less of it. */
function planGrant(
  { refund, order }: Case,
  { lines, shippingAmount }: Lowering,
): { plan: Plan; problem?: undefined } | { plan?: undefined; problem: UserErrorData } {
  if (!lines && !shippingAmount) return { plan: asRequested(refund) };
  const { currency } = refund;
  const free = { ...order, ...letGo(order, refund) };
  const restockOf = (id: string) => refund.lines.find(({ orderLineId }) => orderLineId === id)?.restock;
  const wished =
    lines?.map((line) => ({ ...line, restock: line.restock ?? restockOf(line.orderLineId) })) ??
    refund.lines.map(({ orderLineId, quantity, amount, restock }) => ({ orderLineId, quantity, amount: { amount, currency }, restock }));
  return planRefund(limitsWithin(free, refund), { lines: wished, shipping: shippingAmount ?? { amount: refund.shippingAmount, currency } });
}

interface ApproveInput extends Lowering {
  readonly id: string;
  readonly note?: string | null | undefined;
  readonly idempotencyKey: string;
}

export const approveRefund = (context: Context, { idempotencyKey, ...input }: ApproveInput): Promise<RefundOutcome> =>
  carryOnce(context, { field: 'refundApprove', key: idempotencyKey, args: input }, async (tx) => {
    const found = await caseOfMerchant(context, tx, input.id);
    if (!found) return notFound(['input', 'id'], 'refund');
    const problem = lengthError(['input', 'note'], input.note, { max: LONGEST_TEXT }) ?? checkStatus(['input', 'id'], found.refund, 'REQUESTED');
    if (problem) return refused(problem, found.order.id, found.refund.id);
    return approve(context, tx, found, input, { actor: 'MERCHANT', reason: input.note ?? null, automatic: false });
  });

async function approve({ config }: Context, tx: EntityManager, found: Case, lowering: Lowering, decision: Decision): Promise<Effect> {
  const { plan, problem } = planGrant(found, lowering);
  if (!plan) return refused(problem, found.order.id, found.refund.id);
  const granted = await grant(config, tx, found.order, found.refund, plan, decision);
  return done(granted.refund, granted);
}

/** The merchant did not answer in time. Whoever comes first decides. */
export async function approveDueRefund(context: Context, { subjectId }: Pick<Job, 'subjectId'>): Promise<void> {
  const granted = await transaction(context.em, async (tx): Promise<Granted | null> => {
    const found = await readCase(tx, subjectId);
    if (found?.refund.status !== 'REQUESTED') return null;
    return grant(context.config, tx, found.order, found.refund, asRequested(found.refund), { actor: 'SYSTEM', reason: null, automatic: true });
  });
  if (granted) await carryOut(context, granted);
}

interface RejectInput {
  readonly id: string;
  readonly reason: string;
  readonly idempotencyKey: string;
}

export const rejectRefund = (context: Context, { idempotencyKey, ...input }: RejectInput): Promise<RefundOutcome> =>
  carryOnce(context, { field: 'refundReject', key: idempotencyKey, args: input }, async (tx) => {
    const found = await caseOfMerchant(context, tx, input.id);
    if (!found) return notFound(['input', 'id'], 'refund');
    const problem = checkReason(input.reason) ?? checkStatus(['input', 'id'], found.refund, 'REQUESTED');
    return problem ? refused(problem, found.order.id, found.refund.id) : reject(tx, found, 'REJECTED', 'MERCHANT', input.reason);
  });

async function reject(
  tx: EntityManager,
  { refund, order }: Case,
  to: 'REJECTED' | 'REJECTED_FINAL',
  actor: 'MERCHANT' | 'PLATFORM',
  reason: string,
): Promise<Effect> {
  const at = new Date();
  const rejected = await moveRefund(tx, refund, [to], {
    at,
    actor,
    set: { autoApproveAt: null, decision: { by: actor, at, approved: false, reason, automatic: false } },
  });
  await noteOnOrder(tx, order, refund, to, actor, at);
  await unschedule(tx, AUTO_APPROVAL_JOB, refund.id);
  return done(rejected);
}

/** The goods are back: the money follows. */
export const receiveReturn = (context: Context, id: string, restock: boolean): Promise<RefundOutcome> =>
  carry(context, async (tx) => {
    const found = await caseOfMerchant(context, tx, id);
    if (!found) return notFound(['id'], 'refund');
    const { refund, order } = found;
    const problem = checkStatus(['id'], refund, 'RETURN_SHIPPED');
    if (problem) return refused(problem, order.id, refund.id);
    const lines = refund.lines.map((line) => ({ ...line, restock: restock && line.restock }));
    const received = await moveRefund(tx, refund, ['PROCESSING'], { at: new Date(), actor: 'MERCHANT', set: { lines } });
    const returned = lines.filter((line) => line.restock).map((line) => ({ orderLineId: line.orderLineId, quantity: deliveredUnits(line) }));
    const stock = await scheduleMove(tx, order, 'RESTOCK', `${refund.id}-return`, returned);
    const started = await startPayingBack(tx, order, received);
    return done(started.refund, { ...started, stock });
  });

interface RefundInput {
  readonly orderId: string;
  readonly lines: readonly WishedLine[];
  readonly shippingAmount?: Money | null | undefined;
  readonly reason: RefundReason;
  readonly note?: string | null | undefined;
  readonly idempotencyKey: string;
}

/** The merchant gives money back unasked. */
export const refundDirectly = (context: Context, { idempotencyKey, ...input }: RefundInput): Promise<RefundOutcome> =>
  carryOnce(context, { field: 'refund', key: idempotencyKey, args: input }, async (tx) => {
    const order = await readOrder(tx, input.orderId);
    if (!order || !mayFor(context.identity, order.merchantId, 'refunds:write')) return notFound(['input', 'orderId'], 'order');
    const problem = lengthError(['input', 'note'], input.note, { max: LONGEST_TEXT }) ?? checkRefundable(order);
    if (problem) return refused(problem, order.id);
    const { plan, problem: refusal } = planRefund(limitsOf(order), { lines: input.lines, shipping: input.shippingAmount ?? null });
    if (!plan) return refused(refusal, order.id);
    const granted = await grantAtOnce(context, tx, order, plan, input.reason, { actor: 'MERCHANT', reason: input.note ?? null, automatic: false });
    return done(granted.refund, granted);
  });

/** Request and approval in one write: nobody has to be asked. */
export async function grantAtOnce(
  { config }: Context,
  tx: EntityManager,
  order: Order,
  plan: Plan,
  reason: RefundReason,
  decision: Decision,
): Promise<Granted> {
  const about = { type: 'REFUND_ONLY' as const, reason, description: decision.reason, evidenceMediaIds: [], autoApproveAt: null };
  const refund = await insertRequest(tx, order, plan, about, new Date(), decision.actor);
  return grant(config, tx, { ...order, ...hold(order, plan) }, refund, plan, decision);
}

interface ArbitrateInput {
  readonly id: string;
  readonly approve: boolean;
  readonly lines?: readonly WishedLine[] | null | undefined;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** The platform's word: the last one. */
export const arbitrateRefund = (context: Context, { idempotencyKey, ...input }: ArbitrateInput): Promise<RefundOutcome> =>
  carryOnce(context, { field: 'refundArbitrate', key: idempotencyKey, args: input }, async (tx) => {
    const found = await readCase(tx, input.id);
    if (!found) return notFound(['input', 'id'], 'refund');
    const problem = checkReason(input.reason) ?? checkStatus(['input', 'id'], found.refund, 'ESCALATED');
    if (problem) return refused(problem, found.order.id, found.refund.id);
    if (!input.approve) return reject(tx, found, 'REJECTED_FINAL', 'PLATFORM', input.reason);
    return approve(context, tx, found, { lines: input.lines }, { actor: 'PLATFORM', reason: input.reason, automatic: false });
  });
