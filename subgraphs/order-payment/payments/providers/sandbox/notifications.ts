import { randomUUID } from 'node:crypto';
import { type Company, type NotifyTask, type PaymentDocument, type RefundRecord, statusAt, TASK_LEASE_MS } from './company.ts';

export function describePayment(payment: PaymentDocument, now: Date) {
  const { _id: reference, paymentId, captured, failure } = payment;
  const { amount, currency } = captured ?? payment;
  return { paymentId, reference, status: statusAt(payment, now), amount, currency, paidAt: captured?.at, failure };
}

export function describeRefund({ key: refundKey, reference, status, amount, currency, succeededAt, failure }: RefundRecord) {
  return { refundKey, reference, status, amount, currency, succeededAt, failure };
}

/** `times` tasks of one event, already taken by the caller, who writes and then launches them. */
export function notifyAboutPayment(company: Company, payment: PaymentDocument, times = 1): NotifyTask[] {
  const now = company.now();
  const body = eventBody(company, { kind: 'PAYMENT', payment: describePayment(payment, now) });
  return Array.from({ length: times }, () => notifyTask(payment.notifyUrl, body, now));
}

export function notifyAboutRefund(company: Company, payment: PaymentDocument, refund: RefundRecord): NotifyTask {
  const now = company.now();
  const content = { kind: 'REFUND', payment: describePayment(payment, now), refund: describeRefund(refund) };
  return notifyTask(refund.notifyUrl, eventBody(company, content), now);
}

/** Serialised once: a repetition has the same bytes, under a fresh timestamp and signature. */
function eventBody({ account, now }: Company, content: object): string {
  return JSON.stringify({ id: `evt_${randomUUID()}`, createdAt: now(), account, ...content });
}

function notifyTask(url: string, body: string, now: Date): NotifyTask {
  return { id: randomUUID(), kind: 'NOTIFY', dueAt: new Date(now.getTime() + TASK_LEASE_MS), url, body, attempts: 0 };
}
