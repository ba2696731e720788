import type { OrderActor } from '../../subgraphs/order-payment/orders/domain.ts';
import { orderNumber } from '../../subgraphs/order-payment/orders/number.ts';
import { FIRST_EXECUTION } from '../../subgraphs/order-payment/payments/paying-back.ts';
import { timelineType } from '../../subgraphs/order-payment/refunds/changes.ts';
import { autoApproveAt, mayBecome, type RefundStatus } from '../../subgraphs/order-payment/refunds/domain.ts';
import type { RefundReason, RefundRequest, RefundType } from '../../subgraphs/order-payment/refunds/entities.ts';
import { AUTO_APPROVAL_JOB } from '../../subgraphs/order-payment/refunds/granting.ts';
import { deliveredUnits, grantedParts, hold, ledgerOf, letGo, paymentStatusOf, release, settled } from '../../subgraphs/order-payment/refunds/holdings.ts';
import { limitsOf, planRefund, type WishedLine } from '../../subgraphs/order-payment/refunds/plan.ts';
import { refundData } from '../../subgraphs/order-payment/refunds/settling.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { scattered } from './checkout.ts';
import type { Stored } from './documents.ts';
import { demoCode, demoId } from './ids.ts';
import { jobRow } from './jobs.ts';
import { type Life, move, unitsOf } from './life.ts';
import type { DemoPayment } from './payments.ts';

/** A request for money back, the order and payment that it is about. */
interface Case {
  readonly life: Life;
  readonly payment: DemoPayment;
  refund: Stored<RefundRequest>;
}

interface Asked {
  readonly type: RefundType;
  readonly reason: RefundReason;
  readonly description: string | null;
  readonly lines: readonly WishedLine[];
  readonly includeShipping: boolean;
  /** Null where it is granted in the same moment. */
  readonly dueAt: Date | null;
  readonly actor: OrderActor;
}

/** What became of the money of an order, as its draft says; null where nobody complained. */
export function complain(life: Life, payment: DemoPayment, lastAge: number): Stored<RefundRequest> | null {
  const { draft } = life;
  if (draft.fate === 'CANCELLED') return cancelled(life, payment, lastAge - 3 * HOUR);
  switch (draft.complaint) {
    case 'GOODWILL':
      return goodwill(life, payment, lastAge - 2 * HOUR);
    case 'SENT_BACK':
      return sentBack(life, payment, lastAge - DAY);
    case 'ASKED':
      return asked(life, payment, Math.min(lastAge, life.order.refundPolicy.autoApproveAfterHours * HOUR) / 3).refund;
    case 'DISPUTED':
      return disputed(life, payment, lastAge / 2);
    case null:
      return null;
  }
}

const wholeOf = ({ order }: Life): WishedLine[] => order.lines.map(({ id, quantity }) => ({ orderLineId: id, quantity }));
const firstOf = ({ order }: Life): WishedLine[] => order.lines.slice(0, 1).map(({ id }) => ({ orderLineId: id, quantity: 1 }));

/** The buyer changed their mind before anything was sent. */
function cancelled(life: Life, payment: DemoPayment, age: number): Stored<RefundRequest> {
  const reason = 'CHANGED_MIND';
  const wish = { type: 'REFUND_ONLY', reason, description: reason, lines: wholeOf(life), includeShipping: true, dueAt: null, actor: 'BUYER' } as const;
  const about = opened(life, payment, age, wish);
  life.order = { ...life.order, ...ledgerOf(hold(life.order, holdingOf(about.refund))) };
  grant(about, age, { actor: 'BUYER', reason, automatic: true });
  return payBack(about, age - MINUTE);
}

/** One piece was broken; the merchant paid it back and did not want it. */
function goodwill(life: Life, payment: DemoPayment, age: number): Stored<RefundRequest> {
  const about = requested(life, payment, age, {
    type: 'REFUND_ONLY',
    reason: 'DEFECTIVE',
    description: '有一件破损。One piece arrived broken.',
    lines: firstOf(life),
    includeShipping: false,
  });
  grant(about, age - 5 * HOUR, { actor: 'MERCHANT', reason: '抱歉，已为您退款。', automatic: false });
  return payBack(about, age - 5 * HOUR - MINUTE);
}

/** Everything went back and was paid back. */
function sentBack(life: Life, payment: DemoPayment, age: number): Stored<RefundRequest> {
  const about = requested(life, payment, age, {
    type: 'RETURN_AND_REFUND',
    reason: 'CHANGED_MIND',
    description: null,
    lines: wholeOf(life),
    includeShipping: true,
  });
  grant(about, age - 8 * HOUR, { actor: 'MERCHANT', reason: null, automatic: false });
  returned(about, age - 30 * HOUR);
  const receivedAge = age - 4 * DAY;
  step(about, ['PROCESSING'], receivedAge, 'MERCHANT');
  const { order, stock } = life;
  stock.restock(order.reservationId, `${about.refund._id}-return`, receivedAge, unitsOf(life, about.refund.lines));
  return payBack(about, receivedAge - MINUTE);
}

/** The merchant has not answered yet. */
function asked(life: Life, payment: DemoPayment, age: number): Case {
  const about = requested(life, payment, age, {
    type: 'REFUND_ONLY',
    reason: 'NOT_AS_DESCRIBED',
    description: '颜色与描述不符。The color is not as described.',
    lines: firstOf(life),
    includeShipping: false,
  });
  const { autoApproveAt: dueAt, _id } = about.refund;
  if (dueAt) life.jobs.push(jobRow(AUTO_APPROVAL_JOB, _id, dueAt));
  return about;
}

const DISPUTES = ['REJECTED', 'ESCALATED', 'WITHDRAWN', 'AWAITING_RETURN', 'RETURN_SHIPPED'] as const;

/** Requests that were turned down, taken back, brought before the platform, or wait for goods: each block has one of them. */
function disputed(life: Life, payment: DemoPayment, age: number): Stored<RefundRequest> {
  const course = DISPUTES[Math.floor(life.draft.number / 50) % DISPUTES.length] ?? 'REJECTED';
  const isReturn = course === 'AWAITING_RETURN' || course === 'RETURN_SHIPPED';
  const about = requested(life, payment, age, {
    type: isReturn ? 'RETURN_AND_REFUND' : 'REFUND_ONLY',
    reason: 'OTHER',
    description: null,
    lines: firstOf(life),
    includeShipping: false,
  });
  const later = age * 0.7;
  switch (course) {
    case 'WITHDRAWN':
      letGoOf(about, 'WITHDRAWN', later, 'BUYER', { autoApproveAt: null });
      break;
    case 'REJECTED':
    case 'ESCALATED':
      reject(about, later);
      if (course === 'ESCALATED') escalate(about, age * 0.5);
      break;
    case 'AWAITING_RETURN':
    case 'RETURN_SHIPPED':
      grant(about, later, { actor: 'MERCHANT', reason: null, automatic: false });
      if (course === 'RETURN_SHIPPED') returned(about, age * 0.5);
  }
  return about.refund;
}

/** A request as the buyer makes it: it holds its units and its money. */
function requested(life: Life, payment: DemoPayment, age: number, wish: Omit<Asked, 'dueAt' | 'actor'>): Case {
  const { calendar, config } = life.demo;
  const dueAt = autoApproveAt(calendar.before(age), life.order.refundPolicy, config.REFUND_AUTO_APPROVE_SECONDS);
  const about = opened(life, payment, age, { ...wish, dueAt, actor: 'BUYER' });
  const data = dataOf(about);
  move(life, [], { age, actor: 'BUYER', set: ledgerSet(hold(life.order, holdingOf(about.refund))), data, events: [timelineType('REQUESTED')] });
  return about;
}

const dataOf = ({ refund: { _id: id, number } }: Case) => refundData({ id, number });
const holdingOf = ({ lines, shippingAmount }: Stored<RefundRequest>) => ({ lines, shippingAmount });
const ledgerSet = (ledger: ReturnType<typeof hold>) => {
  const { lines, ...totals } = ledgerOf(ledger);
  return { ...totals, lines: [...lines] };
};

function opened(life: Life, payment: DemoPayment, age: number, { type, reason, description, lines: wished, includeShipping, dueAt, actor }: Asked): Case {
  const { demo, draft, order } = life;
  const { plan, problem } = planRefund(limitsOf(order), { lines: wished, shipping: includeShipping ? 'ALL' : null });
  if (!plan) throw new Error(`a demo refund cannot be asked for: ${problem.message.en}`);
  const at = demo.calendar.before(age);
  const refund: Stored<RefundRequest> = {
    _id: demoId('refund', age, draft.number),
    createdAt: at,
    number: `R-${orderNumber(at, scattered(draft.number))}`,
    orderId: order.id,
    merchantId: order.merchantId,
    buyerId: order.buyerId,
    type,
    status: 'REQUESTED',
    version: 1,
    currency: order.currency,
    lines: plan.lines.map((line) => ({ ...line, releasedQuantity: 0, owedQuantity: 0 })),
    shippingAmount: plan.shippingAmount,
    requestedAmount: plan.total,
    approvedAmount: null,
    reason,
    description,
    evidenceMediaIds: [],
    decision: null,
    autoApproveAt: dueAt,
    returnTracking: null,
    paymentId: null,
    executionId: demoId('rexec', age, draft.number),
    execution: null,
    timeline: [{ at, type: timelineType('REQUESTED'), actor, data: [] }],
    updatedAt: at,
  };
  return { life, payment, refund };
}

/** What `moveRefund` does to a request, along the same table. */
function step(
  about: Case,
  path: readonly RefundStatus[],
  age: number,
  actor: OrderActor,
  set: Partial<Stored<RefundRequest>> = {},
  data: { key: string; value: string }[] = [],
): void {
  const { refund, life } = about;
  if (!path.every((to, index) => mayBecome(path[index - 1] ?? refund.status, to)))
    throw new Error(`a demo refund cannot go from ${refund.status} to ${path.join(', ')}`);
  const at = life.demo.calendar.before(age);
  about.refund = {
    ...refund,
    ...set,
    status: path.at(-1) ?? refund.status,
    version: refund.version + 1,
    updatedAt: at,
    timeline: [...refund.timeline, ...path.map((status) => ({ at, type: timelineType(status), actor, data }))],
  };
}

interface Decision {
  readonly actor: 'BUYER' | 'MERCHANT';
  readonly reason: string | null;
  readonly automatic: boolean;
}

/** Units that were not sent are freed, the order is cancelled if nothing is left of it, and the money is set aside. */
function grant(about: Case, age: number, { actor, reason, automatic }: Decision): void {
  const { life, payment, refund } = about;
  const { order, stock } = life;
  const total = refund.requestedAmount;
  const parts = grantedParts(letGo(order, holdingOf(refund)), refund.lines, refund.type);
  const needsReturn = refund.type === 'RETURN_AND_REFUND' && parts.some((part) => deliveredUnits(part) > 0);
  const lines = release(order.lines, parts);
  const isCancelled = life.draft.fate === 'CANCELLED';
  move(life, isCancelled ? ['CANCELLED'] : [], { age, actor, set: { lines }, data: dataOf(about), events: ['REFUND_APPROVED'] });
  payment.ours.refundPending += total;
  payment.ours.updatedAt = life.demo.calendar.before(age);
  const freed = unitsOf(
    life,
    parts.map(({ orderLineId, releasedQuantity: quantity }) => ({ orderLineId, quantity })),
  ).filter(({ quantity }) => quantity > 0);
  if (freed.length > 0) stock.release(order.reservationId, refund._id, age, freed);
  step(about, ['APPROVED', needsReturn ? 'AWAITING_RETURN' : 'PROCESSING'], age, actor, {
    lines: parts,
    approvedAmount: total,
    decision: { by: actor, at: life.demo.calendar.before(age), approved: true, reason, automatic },
    autoApproveAt: null,
    paymentId: payment.ours._id,
  });
}

const returned = (about: Case, age: number): void =>
  step(about, ['RETURN_SHIPPED'], age, 'BUYER', { returnTracking: `SF Express ${demoCode(12, about.refund._id)}` });

/** The money is back: at the company, in our books and in the order. */
function payBack(about: Case, age: number): Stored<RefundRequest> {
  const { life, payment } = about;
  const at = life.demo.calendar.before(age);
  step(about, [], age, 'SYSTEM', { execution: { ...FIRST_EXECUTION } });
  const { refund } = about;
  const amount = refund.approvedAmount ?? 0;
  const ledger = settled(life.order, holdingOf(refund));
  move(life, [], {
    age,
    actor: 'PAYMENT_PROVIDER',
    set: { ...ledgerSet(ledger), paymentStatus: paymentStatusOf(ledger.refundedTotal, life.order.totals.total) },
    data: dataOf(about),
    events: ['REFUND_SUCCEEDED'],
  });
  step(about, ['SUCCEEDED'], age, 'PAYMENT_PROVIDER', { execution: { status: 'SUCCEEDED', attempts: 1, failure: null, succeededAt: at } });
  payment.ours.refundPending -= amount;
  payment.ours.refunded += amount;
  payment.ours.updatedAt = at;
  payment.theirs.refunded += amount;
  payment.theirs.refunds.push({
    key: `${refund.executionId}-1`,
    amount,
    currency: refund.currency,
    reason: refund.reason,
    notifyUrl: payment.theirs.notifyUrl,
    reference: `SBXR${demoCode(16, refund.executionId)}`,
    status: 'SUCCEEDED',
    succeededAt: at,
  });
  return about.refund;
}

/** Its units and its money are free again. */
function letGoOf(about: Case, to: 'WITHDRAWN' | 'REJECTED', age: number, actor: OrderActor, set: Partial<Stored<RefundRequest>>): void {
  step(about, [to], age, actor, set);
  const { life, refund } = about;
  move(life, [], { age, actor, set: ledgerSet(letGo(life.order, holdingOf(refund))), data: dataOf(about), events: [timelineType(to)] });
}

function reject(about: Case, age: number): void {
  const at = about.life.demo.calendar.before(age);
  letGoOf(about, 'REJECTED', age, 'MERCHANT', {
    autoApproveAt: null,
    decision: { by: 'MERCHANT', at, approved: false, reason: '商品与描述一致。The goods are as described.', automatic: false },
  });
}

function escalate(about: Case, age: number): void {
  const { life, refund } = about;
  step(about, ['ESCALATED'], age, 'BUYER', {}, [{ key: 'statement', value: '请平台核实。Please look into it.' }]);
  move(life, [], { age, actor: 'BUYER', set: ledgerSet(hold(life.order, holdingOf(refund))), data: dataOf(about), events: [timelineType('ESCALATED')] });
}
