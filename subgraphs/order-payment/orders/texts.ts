import type { Text } from '#platform/errors.ts';

/** What the timeline says to people, by type of entry. */
const TIMELINE: Readonly<Record<string, Text>> = {
  PLACED: { en: 'The order was placed.', zh: '订单已提交。' },
  PAID: { en: 'The payment was received.', zh: '已收到付款。' },
  PROCESSING: { en: 'The merchant accepted the order.', zh: '商家已接单。' },
  READY_FOR_PICKUP: { en: 'The goods are ready to be collected.', zh: '商品已备好，可到店自提。' },
  PARTIALLY_SHIPPED: { en: 'A part of the order was shipped.', zh: '部分商品已发货。' },
  SHIPPED: { en: 'The order was shipped.', zh: '订单已发货。' },
  DELIVERED: { en: 'The order was delivered.', zh: '订单已送达。' },
  COMPLETED: { en: 'The order is complete.', zh: '订单已完成。' },
  CANCELLED: { en: 'The order was cancelled.', zh: '订单已取消。' },
  EXPIRED: { en: 'The order expired, since it was not paid in time.', zh: '订单因超时未付款已关闭。' },
  PICKUP_CODE_RENEWED: { en: 'A new pick-up code was made.', zh: '已生成新的取货码。' },
  REFUND_REQUESTED: { en: 'A refund was asked for.', zh: '已申请退款。' },
  REFUND_APPROVED: { en: 'The refund was approved.', zh: '退款已获批准。' },
  REFUND_REJECTED: { en: 'The refund was rejected.', zh: '退款申请被拒绝。' },
  REFUND_WITHDRAWN: { en: 'The refund request was withdrawn.', zh: '退款申请已撤回。' },
  REFUND_ESCALATED: { en: 'The platform was asked to decide about the refund.', zh: '退款已提交平台裁决。' },
  REFUND_REJECTED_FINAL: { en: 'The platform rejected the refund.', zh: '平台驳回了退款申请。' },
  REFUND_AWAITING_RETURN: { en: 'The goods are to be sent back.', zh: '等待买家退货。' },
  REFUND_RETURN_SHIPPED: { en: 'The goods are on their way back.', zh: '退货已寄出。' },
  REFUND_PROCESSING: { en: 'The refund is being paid out.', zh: '退款处理中。' },
  REFUND_FAILED: { en: 'The payout failed and will be tried again.', zh: '退款打款失败，将自动重试。' },
  REFUND_SUCCEEDED: { en: 'The refund was paid out.', zh: '退款已到账。' },
  INVOICED: { en: 'An invoice was issued.', zh: '已开具发票。' },
  ADOPTED: { en: 'The order was taken over into an account.', zh: '订单已归入账户。' },
};

/** Entries of other kinds read as their type. */
export const timelineText = (type: string): Text => TIMELINE[type] ?? { en: type, zh: type };
