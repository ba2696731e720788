import type { EntityManager } from '@mikro-orm/mongodb';
import { publishAll } from '#platform/outbox.ts';
import type { Order } from '../orders/sources.ts';
import { changeOrder } from '../orders/transitions.ts';
import { moveRefund, written } from './changes.ts';
import { ledgerOf, linesRefundedInFull, paymentStatusOf, settled } from './holdings.ts';
import type { RefundRequest } from './sources.ts';

/** How an order's timeline and its events name a refund. */
export const refundData = ({ id, number }: Pick<RefundRequest, 'id' | 'number'>) => [
  { key: 'refundRequestId', value: id },
  { key: 'refundNumber', value: number },
];

/** The money is back: PROCESSING → SUCCEEDED, and the order says so. */
export async function settleMoney(
  tx: EntityManager,
  order: Order,
  refund: RefundRequest,
  set: Pick<Partial<RefundRequest>, 'execution'>,
): Promise<{ refund: RefundRequest; order: Order }> {
  const at = new Date();
  const ledger = settled(order, refund);
  const changed = written(
    await changeOrder(tx, order, [], {
      at,
      actor: 'PAYMENT_PROVIDER',
      set: { ...ledgerOf(ledger), paymentStatus: paymentStatusOf(ledger.refundedTotal, order.totals.total) },
      events: [{ at, type: 'REFUND_SUCCEEDED', actor: 'PAYMENT_PROVIDER', data: refundData(refund) }],
    }),
  );
  const succeeded = await moveRefund(tx, refund, ['SUCCEEDED'], { at, actor: 'PAYMENT_PROVIDER', set });
  const full = linesRefundedInFull(order, ledger);
  await publishAll(tx, [
    {
      topic: 'refund.succeeded',
      subjectId: refund.id,
      data: {
        refundRequestId: refund.id,
        orderId: order.id,
        merchantId: order.merchantId,
        buyerId: order.buyerId,
        amount: refund.approvedAmount,
        currency: refund.currency,
      },
    },
    ...(full.length > 0 ? [{ topic: 'order.line_refunded', subjectId: order.id, data: { orderId: order.id, orderLineIds: full } }] : []),
  ]);
  return { refund: succeeded, order: changed };
}
