import type { EntityManager } from '@mikro-orm/mongodb';
import { invalidStateError, lengthError, type UserErrorData } from '#platform/errors.ts';
import { unschedule } from '#platform/jobs.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import type { Order } from '../orders/sources.ts';
import { changeOrder } from '../orders/transitions.ts';
import { readOrder, readRefund, moveRefund, timelineType, written } from './changes.ts';
import type { RefundStatus } from './domain.ts';
import { AUTO_APPROVAL_JOB } from './granting.ts';
import { hold, ledgerOf, letGo } from './holdings.ts';
import { carry, done, type Effect, notFound, type RefundOutcome, refused } from './outcome.ts';
import { limitsOf, planRefund, wishAgain } from './plan.ts';
import { checkEvidence, LONGEST_TEXT, MOST_EVIDENCE } from './requests.ts';
import { refundData } from './settling.ts';
import type { RefundRequest } from './sources.ts';

const NAME = { min: 1, max: 100 };

interface Own {
  readonly refund: RefundRequest;
  readonly order: Order;
}

/** The buyer's own request with its order; null for anybody else's. */
async function ownRequest({ identity }: Context, tx: EntityManager, id: string): Promise<Own | null> {
  const refund = await readRefund(tx, id);
  const order = refund && (await readOrder(tx, refund.orderId));
  return order && isBuyer(identity, order) ? { refund, order } : null;
}

/** Null when the request stands where this is asked. */
export const checkStatus = (path: readonly string[], { status }: RefundRequest, from: RefundStatus): UserErrorData | null =>
  status === from ? null : invalidStateError(path, status, [from]);

/** What a request that is over, or that comes up again, does to its order. */
export async function noteOnOrder(
  tx: EntityManager,
  order: Order,
  refund: RefundRequest,
  to: RefundStatus,
  actor: 'BUYER' | 'MERCHANT' | 'PLATFORM',
  at: Date,
): Promise<void> {
  const ledger = to === 'ESCALATED' ? hold(order, refund) : letGo(order, refund);
  written(
    await changeOrder(tx, order, [], { at, actor, set: { ...ledgerOf(ledger) }, events: [{ at, type: timelineType(to), actor, data: refundData(refund) }] }),
  );
}

export const withdrawRefund = (context: Context, id: string): Promise<RefundOutcome> =>
  carry(context, async (tx) => {
    const own = await ownRequest(context, tx, id);
    if (!own) return notFound(['id'], 'refund');
    const { refund, order } = own;
    if (refund.status === 'WITHDRAWN') return done(refund);
    const problem = checkStatus(['id'], refund, 'REQUESTED');
    if (problem) return refused(problem, order.id, refund.id);
    await withdraw(tx, order, refund);
    return done(refund);
  });

async function withdraw(tx: EntityManager, order: Order, refund: RefundRequest): Promise<void> {
  const at = new Date();
  await moveRefund(tx, refund, ['WITHDRAWN'], { at, actor: 'BUYER', set: { autoApproveAt: null } });
  await noteOnOrder(tx, order, refund, 'WITHDRAWN', 'BUYER', at);
  await unschedule(tx, AUTO_APPROVAL_JOB, refund.id);
}

interface ReturnInput {
  readonly id: string;
  readonly carrier: string;
  readonly trackingNumber: string;
}

/** The parcel is on its way back. */
export async function noteReturnShipped(context: Context, { id, carrier, trackingNumber }: ReturnInput): Promise<RefundOutcome> {
  const problem = lengthError(['input', 'carrier'], carrier, NAME) ?? lengthError(['input', 'trackingNumber'], trackingNumber, NAME);
  return carry(context, async (tx) => {
    const own = await ownRequest(context, tx, id);
    if (!own) return notFound(['input', 'id'], 'refund');
    const { refund, order } = own;
    const refusal = problem ?? checkStatus(['input', 'id'], refund, 'AWAITING_RETURN');
    if (refusal) return refused(refusal, order.id, refund.id);
    return done(
      await moveRefund(tx, refund, ['RETURN_SHIPPED'], {
        at: new Date(),
        actor: 'BUYER',
        set: { returnTracking: `${carrier.trim()} ${trackingNumber.trim()}` },
      }),
    );
  });
}

interface EscalateInput {
  readonly id: string;
  readonly statement: string;
  readonly evidenceMediaIds?: readonly string[] | null | undefined;
}

/** The buyer does not take no for an answer: the request holds its units again until the platform decides. */
export async function escalateRefund(context: Context, { id, statement, evidenceMediaIds }: EscalateInput): Promise<RefundOutcome> {
  const problem = lengthError(['input', 'statement'], statement, { min: 1, max: LONGEST_TEXT }) ?? (await checkEvidence(context, evidenceMediaIds));
  return carry(context, async (tx) => {
    const own = await ownRequest(context, tx, id);
    if (!own) return notFound(['input', 'id'], 'refund');
    const { refund, order } = own;
    const refusal = problem ?? checkStatus(['input', 'id'], refund, 'REJECTED');
    return refusal ? refused(refusal, order.id, refund.id) : escalate(tx, order, refund, statement, evidenceMediaIds ?? []);
  });
}

async function escalate(tx: EntityManager, order: Order, refund: RefundRequest, statement: string, evidence: readonly string[]): Promise<Effect> {
  const { plan, problem } = planRefund(limitsOf(order), wishAgain(order, refund));
  if (!plan) return refused(problem, order.id, refund.id);
  const at = new Date();
  const evidenceMediaIds = [...new Set([...refund.evidenceMediaIds, ...evidence])].slice(0, 2 * MOST_EVIDENCE);
  const escalated = await moveRefund(tx, refund, ['ESCALATED'], {
    at,
    actor: 'BUYER',
    set: { evidenceMediaIds, lines: plan.lines.map((line) => ({ ...line, releasedQuantity: 0, owedQuantity: 0 })), requestedAmount: plan.total },
    data: [{ key: 'statement', value: statement }],
  });
  await noteOnOrder(tx, order, escalated, 'ESCALATED', 'BUYER', at);
  return done(escalated);
}
