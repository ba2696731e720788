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
  ADOPTED: { en: 'The order was taken over into an account.', zh: '订单已归入账户。' },
};

/** Entries of other kinds read as their type. */
export const timelineText = (type: string): Text => TIMELINE[type] ?? { en: type, zh: type };
