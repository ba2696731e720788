import { randomInt } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { invalidStateError, lengthError, type UserErrorData } from '#platform/errors.ts';
import { schedule } from '#platform/jobs.ts';
import { publish } from '#platform/outbox.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import type { OrderActor, OrderStatus } from '../orders/domain.ts';
import { NUMBERS_PER_DAY, orderNumber } from '../orders/number.ts';
import { hasRefundable } from '../orders/refundable.ts';
import type { Order } from '../orders/sources.ts';
import { changeOrder } from '../orders/transitions.ts';
import { ownedEvidence } from '../siblings.ts';
import { isReviewer } from './access.ts';
import { readOrder, timelineType, written } from './changes.ts';
import { autoApproveAt, windowClosesAt } from './domain.ts';
import { type RefundReason, RefundRequest as RefundEntity, type RefundType } from './entities.ts';
import { evidenceUnknown, windowClosed } from './errors.ts';
import { AUTO_APPROVAL_JOB } from './granting.ts';
import { hold, ledgerOf } from './holdings.ts';
import { carryOnce, done, type Effect, notFound, type RefundOutcome, refused } from './outcome.ts';
import { limitsOf, type Plan, planRefund, type WishedLine } from './plan.ts';
import { refundData } from './settling.ts';
import type { RefundRequest } from './sources.ts';

/** An order in one of these has been paid and not been given up. */
const REFUNDABLE_STATUSES: readonly OrderStatus[] = ['PAID', 'PROCESSING', 'READY_FOR_PICKUP', 'SHIPPED', 'DELIVERED', 'COMPLETED'];

export const LONGEST_TEXT = 2_000;
export const MOST_EVIDENCE = 9;

/** All goods of an order may be refunded before they are shipped without its delivery: it is cancelled then, and still owes that. */
const isOwing = (order: Order): boolean => order.status === 'CANCELLED' && order.paymentStatus !== 'UNPAID' && hasRefundable(order);

export const checkRefundable = (order: Order): UserErrorData | null =>
  REFUNDABLE_STATUSES.includes(order.status) || isOwing(order) ? null : invalidStateError(['input', 'orderId'], order.status, REFUNDABLE_STATUSES);

interface PreviewInput {
  readonly orderId: string;
  readonly lines: readonly WishedLine[];
  readonly includeShipping?: boolean;
}

/** What it would give back, without asking for it. */
export async function previewRefund(
  context: Context,
  { orderId, lines, includeShipping }: PreviewInput,
): Promise<{ order: Order | null; plan: Plan | null; userErrors: UserErrorData[] }> {
  const order = await context.loaders.order.load(orderId);
  if (!order || !(isBuyer(context.identity, order) || isReviewer(context.identity, order)))
    return { order: null, plan: null, userErrors: notFound(['input', 'orderId'], 'order').userErrors };
  const problem = checkRefundable(order);
  if (problem) return { order, plan: null, userErrors: [problem] };
  const { plan, problem: refusal } = planRefund(limitsOf(order), { lines, shipping: includeShipping ? 'ALL' : null });
  return plan ? { order, plan, userErrors: [] } : { order, plan: null, userErrors: [refusal] };
}

interface RequestInput extends PreviewInput {
  readonly type: RefundType;
  readonly reason: RefundReason;
  readonly description?: string | null | undefined;
  readonly evidenceMediaIds?: readonly string[] | null | undefined;
  readonly idempotencyKey: string;
}

/** The buyer asks; the merchant has time to answer. */
export async function requestRefund(context: Context, { idempotencyKey, ...input }: RequestInput): Promise<RefundOutcome> {
  const problem = lengthError(['input', 'description'], input.description, { max: LONGEST_TEXT }) ?? (await checkEvidence(context, input.evidenceMediaIds));
  return carryOnce(context, { field: 'refundRequestCreate', key: idempotencyKey, args: input }, async (tx) => {
    const order = await readOrder(tx, input.orderId);
    if (!order || !isBuyer(context.identity, order)) return notFound(['input', 'orderId'], 'order');
    const refusal = problem ?? checkRefundable(order) ?? checkWindow(order);
    return refusal ? refused(refusal, order.id) : request(context, tx, order, input);
  });
}

async function request({ config }: Context, tx: EntityManager, order: Order, input: Omit<RequestInput, 'idempotencyKey'>): Promise<Effect> {
  const { lines, includeShipping, type, reason, description, evidenceMediaIds } = input;
  const { plan, problem } = planRefund(limitsOf(order), { lines, shipping: includeShipping ? 'ALL' : null });
  if (!plan) return refused(problem, order.id);
  const at = new Date();
  const dueAt = autoApproveAt(at, order.refundPolicy, config.REFUND_AUTO_APPROVE_SECONDS);
  const about = { type, reason, description: description ?? null, evidenceMediaIds: [...(evidenceMediaIds ?? [])], autoApproveAt: dueAt };
  const refund = await insertRequest(tx, order, plan, about, at, 'BUYER');
  written(
    await changeOrder(tx, order, [], {
      at,
      actor: 'BUYER',
      set: { ...ledgerOf(hold(order, plan)) },
      events: [{ at, type: timelineType('REQUESTED'), actor: 'BUYER', data: refundData(refund) }],
    }),
  );
  await schedule(tx, { kind: AUTO_APPROVAL_JOB, subjectId: refund.id, runAt: dueAt });
  return done(refund);
}

/** A request as it is before anybody decided. Its hold on the order is the caller's to write. */
export async function insertRequest(
  tx: EntityManager,
  order: Order,
  plan: Plan,
  about: Pick<RefundRequest, 'type' | 'reason' | 'description' | 'evidenceMediaIds' | 'autoApproveAt'>,
  at: Date,
  actor: OrderActor,
): Promise<RefundRequest> {
  const refund: RefundRequest = {
    id: newId('refund'),
    createdAt: at,
    number: `R-${orderNumber(at, randomInt(NUMBERS_PER_DAY))}`,
    orderId: order.id,
    merchantId: order.merchantId,
    buyerId: order.buyerId,
    status: 'REQUESTED',
    version: 1,
    currency: order.currency,
    lines: plan.lines.map((line) => ({ ...line, releasedQuantity: 0, owedQuantity: 0 })),
    shippingAmount: plan.shippingAmount,
    requestedAmount: plan.total,
    approvedAmount: null,
    decision: null,
    returnTracking: null,
    paymentId: null,
    executionId: newId('rexec'),
    execution: null,
    timeline: [{ at, type: timelineType('REQUESTED'), actor, data: [] }],
    ...about,
  };
  const { id, ...fields } = refund;
  await rawCollection(tx, RefundEntity).insertOne({ _id: id, ...fields, updatedAt: at }, sessionOf(tx));
  const { merchantId, buyerId, currency, requestedAmount: amount } = refund;
  await publish(tx, { topic: 'refund.requested', subjectId: id, data: { refundRequestId: id, orderId: order.id, merchantId, buyerId, amount, currency } });
  return refund;
}

function checkWindow({ deliveredAt, refundPolicy }: Order): UserErrorData | null {
  const closesAt = windowClosesAt(deliveredAt, refundPolicy.windowDays);
  return closesAt !== null && closesAt <= new Date() ? windowClosed(closesAt) : null;
}

/** Pictures are the caller's own, and there. */
export async function checkEvidence({ siblings }: Context, ids: readonly string[] | null | undefined): Promise<UserErrorData | null> {
  if (!ids || ids.length === 0) return null;
  const path = ['input', 'evidenceMediaIds'];
  if (ids.length > MOST_EVIDENCE) return evidenceUnknown(path, MOST_EVIDENCE);
  const owned = await ownedEvidence(siblings, ids);
  const unknown = ids.findIndex((id) => !owned.has(id));
  return unknown < 0 ? null : evidenceUnknown([...path, unknown], MOST_EVIDENCE);
}
