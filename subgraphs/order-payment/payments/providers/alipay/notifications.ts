import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  InvalidNotificationError,
  type ProviderNotification,
  type ProviderPayment,
  type ProviderRefund,
  ProviderUnavailableError,
  type RawNotification,
} from '../provider.ts';
import { NAME } from './gateway.ts';
import { verifiedForm } from './signing.ts';
import { beijingTime, yuan } from './texts.ts';

const notificationForm = z.object({
  notify_id: z.string(),
  app_id: z.string(),
  seller_id: z.string().optional(),
  out_trade_no: z.string(),
  trade_no: z.string(),
  trade_status: z.string(),
  total_amount: yuan,
  gmt_payment: beijingTime.optional(),
  /** Only of refunds; the amount beside it is that of all refunds of the trade together. */
  gmt_refund: z.string().optional(),
  out_biz_no: z.string().optional(),
});

type Form = z.infer<typeof notificationForm>;

const STATUSES: Readonly<Record<string, ProviderPayment['status']>> = {
  WAIT_BUYER_PAY: 'REQUIRES_ACTION',
  TRADE_SUCCESS: 'SUCCEEDED',
  TRADE_FINISHED: 'SUCCEEDED',
  TRADE_CLOSED: 'CLOSED',
};

interface Account {
  readonly appId: string;
  readonly sellerId?: string | undefined;
  readonly publicKey: KeyObject;
}

type QueryRefund = (refundKey: string, paymentId: string) => Promise<ProviderRefund | null>;

/** However old: Alipay repeats for a day. */
export async function readNotification({ body }: RawNotification, account: Account, queryRefund: QueryRefund): Promise<ProviderNotification> {
  const params = verifiedForm(body.toString('utf8'), account.publicKey);
  if (!params) throw new InvalidNotificationError(NAME, 'the signature does not match');
  const parsed = notificationForm.safeParse(params);
  if (!parsed.success) throw new InvalidNotificationError(NAME, 'the form is not a notification');
  const form = parsed.data;
  if (form.app_id !== account.appId) throw new InvalidNotificationError(NAME, 'it is for another app');
  if (account.sellerId !== undefined && form.seller_id !== account.sellerId) throw new InvalidNotificationError(NAME, 'another account was paid');
  if (form.gmt_refund !== undefined) return refundNotice(form, queryRefund);
  const status = STATUSES[form.trade_status];
  if (!status) return { kind: 'OTHER', eventId: form.notify_id, topic: form.trade_status };
  return { kind: 'PAYMENT', eventId: form.notify_id, paymentId: form.out_trade_no, payment: paymentOf(form, status) };
}

const paymentOf = ({ trade_no: reference, total_amount: amount, gmt_payment: paidAt }: Form, status: ProviderPayment['status']): ProviderPayment => ({
  status,
  reference,
  amount,
  currency: 'CNY',
  paidAt: status === 'SUCCEEDED' ? paidAt : undefined,
  failure: undefined,
});

/** It says that something was refunded, and not how much this time: that is asked for. */
async function refundNotice(
  { notify_id: eventId, out_biz_no: refundKey, out_trade_no: paymentId }: Form,
  queryRefund: QueryRefund,
): Promise<ProviderNotification> {
  if (!refundKey) return { kind: 'OTHER', eventId, topic: 'refund' };
  const refund = await queryRefund(refundKey, paymentId);
  if (!refund) throw new ProviderUnavailableError(NAME, `it notified the refund ${refundKey} and does not know it yet`);
  return { kind: 'REFUND', eventId, paymentId, refund };
}
