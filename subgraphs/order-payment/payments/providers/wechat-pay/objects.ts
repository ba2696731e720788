import { z } from 'zod';
import type { ProviderPayment, ProviderRefund } from '../provider.ts';

export const CURRENCY = 'CNY';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const fen = z.int().nonnegative();

export const transactionShape = z.object({
  mchid: z.string(),
  appid: z.string(),
  out_trade_no: z.string(),
  /** Once it has been paid. */
  transaction_id: z.string().optional(),
  trade_state: z.enum(['SUCCESS', 'REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT']),
  trade_state_desc: z.string().default(''),
  success_time: instant.optional(),
  /** Left out of some that were not paid. */
  amount: z.object({ total: fen, currency: z.string().default(CURRENCY) }).optional(),
});

export type Transaction = z.infer<typeof transactionShape>;

/** REFUND: it was paid, and some of it has gone back. */
const PAYMENT_STATUSES: Readonly<Record<Transaction['trade_state'], ProviderPayment['status']>> = {
  SUCCESS: 'SUCCEEDED',
  REFUND: 'SUCCEEDED',
  NOTPAY: 'REQUIRES_ACTION',
  USERPAYING: 'PROCESSING',
  ACCEPT: 'PROCESSING',
  CLOSED: 'CLOSED',
  REVOKED: 'CLOSED',
  PAYERROR: 'FAILED',
};

export function paymentOf(transaction: Transaction): ProviderPayment {
  const { amount, trade_state: state, trade_state_desc: message, success_time: paidAt } = transaction;
  const status = PAYMENT_STATUSES[state];
  return {
    status,
    reference: transaction.transaction_id ?? transaction.out_trade_no,
    amount: amount?.total ?? 0,
    currency: amount?.currency ?? CURRENCY,
    paidAt: status === 'SUCCEEDED' ? paidAt : undefined,
    failure: status === 'FAILED' ? { code: state, message } : undefined,
  };
}

const refundFields = {
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_id: z.string(),
  success_time: instant.optional(),
  amount: z.object({ refund: fen, total: fen }),
};
const refundStatus = z.enum(['SUCCESS', 'CLOSED', 'PROCESSING', 'ABNORMAL']);

/** The same, but for one name, in answers and in notifications. */
export const refundShape = z.object({ ...refundFields, status: refundStatus });
export const refundNoticeShape = z
  .object({ ...refundFields, mchid: z.string(), refund_status: refundStatus })
  .transform(({ refund_status: status, ...refund }) => ({ ...refund, status }));

/**
 * ABNORMAL: the buyer's bank would not take it, and the merchant says in WeChat Pay's own pages where the money is to go.
 * Until then it is held, and another refund of it would be refused: it is on its way.
 */
const REFUND_STATUSES: Readonly<Record<z.infer<typeof refundStatus>, ProviderRefund['status']>> = {
  SUCCESS: 'SUCCEEDED',
  PROCESSING: 'PENDING',
  ABNORMAL: 'PENDING',
  CLOSED: 'FAILED',
};

export function refundOf(refund: z.infer<typeof refundShape>): ProviderRefund {
  const status = REFUND_STATUSES[refund.status];
  return {
    refundKey: refund.out_refund_no,
    status,
    reference: refund.refund_id,
    amount: refund.amount.refund,
    currency: CURRENCY,
    succeededAt: status === 'SUCCEEDED' ? refund.success_time : undefined,
    failure: status === 'FAILED' ? { code: refund.status, message: 'WeChat Pay closed the refund' } : undefined,
  };
}
