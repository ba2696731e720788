import { randomBytes, randomUUID } from 'node:crypto';
import type { Company, Money, PaymentDocument, RefundRecord, SettleRefundTask, Task } from './company.ts';
import { Refusal } from './http.ts';
import { notifyAboutRefund } from './notifications.ts';
import { findPayment } from './payments.ts';

const PENDING_MS = 2_000;
const FAILURE = { code: 'account_busy', message: 'The receiving account did not take the money; try again.' };

export interface RefundOrder extends Money {
  refundKey: string;
  reason: string;
  notifyUrl: string;
}

/** One refund per key, and never more in all than was captured, however many are asked for at once. */
export async function createRefund(company: Company, paymentId: string, order: RefundOrder): Promise<RefundRecord> {
  const payment = await findPayment(company, paymentId);
  const earlier = refundOf(payment, order);
  if (earlier) return earlier;
  const captured = capturedBy(payment, order);

  const refund = decide(company, payment, order);
  const tasks = followUp(company, payment, refund);
  const { matchedCount } = await company.payments.updateOne(
    { _id: payment._id, 'refunds.key': { $ne: refund.key }, refunded: { $lte: captured.amount - order.amount } },
    { $push: { refunds: refund, tasks: { $each: tasks } }, $inc: { refunded: refund.status === 'FAILED' ? 0 : refund.amount } },
  );
  if (matchedCount === 1) {
    company.launch(payment._id, tasks);
    return refund;
  }

  const twin = refundOf(await findPayment(company, paymentId), order);
  if (twin) return twin;
  throw new Refusal(422, 'refund_exceeds_payment', 'All refunds together would exceed what was captured.');
}

export async function findRefund(company: Company, paymentId: string, refundKey: string): Promise<RefundRecord> {
  const refund = (await findPayment(company, paymentId)).refunds.find(({ key }) => key === refundKey);
  if (!refund) throw new Refusal(404, 'refund_unknown', 'No refund of this payment has this refundKey.');
  return refund;
}

function refundOf({ refunds }: PaymentDocument, { refundKey, amount, currency }: RefundOrder): RefundRecord | undefined {
  const refund = refunds.find(({ key }) => key === refundKey);
  if (refund && (refund.amount !== amount || refund.currency !== currency)) {
    throw new Refusal(409, 'refund_key_reused', 'This refundKey was used with another amount or currency.');
  }
  return refund;
}

function capturedBy({ status, captured }: PaymentDocument, { currency }: RefundOrder): Money {
  if (status !== 'SUCCEEDED' || !captured) throw new Refusal(409, 'payment_not_captured', 'Only a payment that succeeded can be refunded.');
  if (captured.currency !== currency) {
    throw new Refusal(422, 'refund_currency_mismatch', `The payment was captured in ${captured.currency}.`);
  }
  return captured;
}

/** The amount's last two digits choose the course: 13 fails at the first attempt, 17 is pending at first. */
function decide({ now }: Company, { refunds }: PaymentDocument, order: RefundOrder): RefundRecord {
  const { refundKey: key, amount, currency, reason, notifyUrl } = order;
  const base = { key, amount, currency, reason, notifyUrl, reference: `SBXR${randomBytes(8).toString('hex').toUpperCase()}` };
  const ending = amount % 100;
  const failedBefore = refunds.some((refund) => refund.amount === amount && refund.status === 'FAILED');
  if (ending === 13 && !failedBefore) return { ...base, status: 'FAILED', failure: FAILURE };
  if (ending === 17) return { ...base, status: 'PENDING' };
  return { ...base, status: 'SUCCEEDED', succeededAt: now() };
}

function followUp(company: Company, payment: PaymentDocument, refund: RefundRecord): Task[] {
  if (refund.status !== 'PENDING') return [notifyAboutRefund(company, payment, refund)];
  const dueAt = new Date(company.now().getTime() + PENDING_MS);
  return [{ id: randomUUID(), kind: 'SETTLE_REFUND', dueAt, refundKey: refund.key }];
}

export async function settleRefund(company: Company, reference: string, task: SettleRefundTask): Promise<void> {
  const payment = await company.payments.findOne({ _id: reference });
  const pending = payment?.refunds.find(({ key, status }) => key === task.refundKey && status === 'PENDING');
  if (!payment || !pending) return;
  const refund: RefundRecord = { ...pending, status: 'SUCCEEDED', succeededAt: company.now() };
  const notify = notifyAboutRefund(company, payment, refund);
  const { matchedCount } = await company.payments.updateOne(
    { _id: reference, refunds: { $elemMatch: { key: pending.key, status: 'PENDING' } }, 'tasks.id': task.id },
    { $set: { 'refunds.$[refund]': refund, 'tasks.$[task]': notify } },
    { arrayFilters: [{ 'refund.key': pending.key }, { 'task.id': task.id }] },
  );
  if (matchedCount === 1) company.launch(reference, [notify]);
}
