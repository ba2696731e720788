import type { DeliveryMode, OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus } from './domain.ts';
import { hasRefundable, type RefundableOrder } from './refundable.ts';

export type OrderAction =
  | 'PAY'
  | 'CANCEL'
  | 'CONFIRM_RECEIPT'
  | 'REQUEST_REFUND'
  | 'REVIEW'
  | 'REORDER'
  | 'REQUEST_INVOICE'
  | 'ACCEPT'
  | 'SHIP'
  | 'MARK_READY'
  | 'REDEEM_PICKUP'
  | 'REFUND';

interface Offer {
  readonly buyer: readonly OrderAction[];
  readonly merchant: readonly OrderAction[];
}

/** What each status offers to whom, before the conditions below. */
export const ACTIONS: Readonly<Record<OrderStatus, Offer>> = {
  PENDING_PAYMENT: { buyer: ['PAY', 'CANCEL'], merchant: [] },
  PAID: { buyer: ['CANCEL', 'REQUEST_REFUND', 'REORDER', 'REQUEST_INVOICE'], merchant: ['ACCEPT', 'SHIP', 'MARK_READY', 'CANCEL', 'REFUND'] },
  PROCESSING: { buyer: ['REQUEST_REFUND', 'REORDER', 'REQUEST_INVOICE'], merchant: ['SHIP', 'MARK_READY', 'CANCEL', 'REFUND'] },
  READY_FOR_PICKUP: { buyer: ['REQUEST_REFUND', 'REORDER', 'REQUEST_INVOICE'], merchant: ['REDEEM_PICKUP', 'REFUND'] },
  SHIPPED: { buyer: ['CONFIRM_RECEIPT', 'REQUEST_REFUND', 'REORDER', 'REQUEST_INVOICE'], merchant: ['REFUND'] },
  DELIVERED: { buyer: ['CONFIRM_RECEIPT', 'REQUEST_REFUND', 'REVIEW', 'REORDER', 'REQUEST_INVOICE'], merchant: ['REFUND'] },
  COMPLETED: { buyer: ['REQUEST_REFUND', 'REVIEW', 'REORDER', 'REQUEST_INVOICE'], merchant: ['REFUND'] },
  CANCELLED: { buyer: ['REQUEST_REFUND', 'REORDER'], merchant: ['REFUND'] },
  EXPIRED: { buyer: ['REORDER'], merchant: [] },
};

interface Facts extends RefundableOrder {
  readonly status: OrderStatus;
  readonly paymentStatus: OrderPaymentStatus;
  readonly fulfilmentStatus: OrderFulfilmentStatus;
  readonly deliveryMode: DeliveryMode;
  readonly deliveredAt: Date | null;
  readonly refundPolicy: { readonly windowDays: number };
  readonly totals: { readonly total: number; readonly shipping: number };
  readonly refundedTotal: number;
  readonly invoicedAt: Date | null;
}

const DAY_MS = 24 * 3600 * 1000;

/** What was called off before it was paid has nothing to give back; what was called off afterwards may still owe its delivery. */
const owesMoney = (order: Facts) => order.paymentStatus !== 'UNPAID' && hasRefundable(order);
const isWithinWindow = ({ deliveredAt, refundPolicy }: Facts, now: Date) =>
  deliveredAt === null || now.getTime() < deliveredAt.getTime() + refundPolicy.windowDays * DAY_MS;

/** What must hold besides the status. */
const CONDITIONS: Readonly<Partial<Record<OrderAction, (order: Facts, now: Date) => boolean>>> = {
  CANCEL: ({ fulfilmentStatus, lines }) => fulfilmentStatus !== 'PARTIALLY_SHIPPED' && lines.every(({ refundPendingQuantity }) => refundPendingQuantity === 0),
  SHIP: ({ deliveryMode }) => deliveryMode !== 'PICKUP',
  MARK_READY: ({ deliveryMode, fulfilmentStatus }) => deliveryMode === 'PICKUP' && fulfilmentStatus === 'UNFULFILLED',
  REQUEST_REFUND: (order, now) => owesMoney(order) && isWithinWindow(order, now),
  REFUND: owesMoney,
  // It is null, or missing on orders from before there were invoices.
  REQUEST_INVOICE: ({ invoicedAt, totals, refundedTotal }) => !invoicedAt && refundedTotal < totals.total,
};

/** Which scope of the merchant's members an action asks for. */
const SCOPES: Readonly<Partial<Record<OrderAction, string>>> = { REFUND: 'refunds:write' };
const MERCHANT_SCOPE = 'orders:write';

export interface Rights {
  readonly isBuyer: boolean;
  /** Whether the caller holds this scope for the order's merchant. */
  readonly holds: (scope: string) => boolean;
}

/** What the caller may do with the order now. */
export function allowedActions(order: Facts, { isBuyer, holds }: Rights, now: Date): OrderAction[] {
  const { buyer, merchant } = ACTIONS[order.status];
  const offered = [...(isBuyer ? buyer : []), ...merchant.filter((action) => holds(SCOPES[action] ?? MERCHANT_SCOPE))];
  return [...new Set(offered)].filter((action) => CONDITIONS[action]?.(order, now) ?? true);
}
