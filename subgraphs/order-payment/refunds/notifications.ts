import type { Context } from '../context.ts';
import { settleAnomalyRefund } from '../payments/anomalies.ts';
import { record } from '../payments/arrivals.ts';
import { readRefundKey } from '../payments/paying-back.ts';
import type { ProviderNotification } from '../payments/providers/provider.ts';
import { settleExecution } from './executions.ts';

/** An authentic notification takes effect, once. */
export async function accept(context: Context, provider: string, notification: ProviderNotification): Promise<void> {
  if (notification.kind === 'OTHER')
    return context.log.info({ provider, eventId: notification.eventId, topic: notification.topic }, 'a notification was about nothing of ours');
  const { eventId, paymentId } = notification;
  if (notification.kind === 'PAYMENT') return record(context, { provider, paymentId, state: notification.payment, eventId });
  const { refund } = notification;
  const key = readRefundKey(refund.refundKey);
  if (!key) {
    context.log.warn({ provider, paymentId, refundKey: refund.refundKey }, 'a refund was notified that nobody here asked for');
    return;
  }
  // Each attempt of an execution is settled once, so that the event itself need not be remembered.
  const settle = key.executionId.startsWith('anomaly_') ? settleAnomalyRefund : settleExecution;
  await settle(context, key.executionId, key.attempt, refund);
}
