import type { Text } from '#platform/errors.ts';
import type { Connection } from '#platform/pagination.ts';
import type { Order as OrderEntity, OrderGroup as OrderGroupEntity, StoredOrderEvent, StoredOrderLine, StoredTotals } from './entities.ts';

export const GROUP_FIELDS = [
  'status',
  'version',
  'cartId',
  'cartVersion',
  'reservationId',
  'buyerId',
  'guestId',
  'email',
  'currency',
  'totals',
  'paymentId',
  'placedAt',
  'paidAt',
  'expiresAt',
] as const satisfies (keyof OrderGroupEntity)[];

export const ORDER_FIELDS = [
  'groupId',
  'number',
  'reservationId',
  'status',
  'paymentStatus',
  'fulfilmentStatus',
  'version',
  'merchantId',
  'merchantName',
  'buyerId',
  'guestId',
  'guestAccessHash',
  'purchaseOrderNumber',
  'currency',
  'totals',
  'lines',
  'platformDiscount',
  'couponIds',
  'deliveryMode',
  'deliveryTitle',
  'shippingAddress',
  'pickupLocationId',
  'pickupCode',
  'pickupTries',
  'refundPolicy',
  'buyerNote',
  'refundPendingTotal',
  'refundedTotal',
  'refundPendingShipping',
  'refundedShipping',
  'placedAt',
  'updatedAt',
  'paidAt',
  'paymentMethod',
  'invoicedAt',
  'expiresAt',
  'deliveredAt',
  'completedAt',
  'autoCompleteAt',
] as const satisfies (keyof OrderEntity)[];

/** What the resolvers of each type start from. */
export type OrderGroup = Pick<OrderGroupEntity, (typeof GROUP_FIELDS)[number]> & { readonly id: string };
export type Order = Pick<OrderEntity, (typeof ORDER_FIELDS)[number]> & { readonly id: string };
export type OrderLine = StoredOrderLine & { readonly order: Order };
export type OrderTotals = StoredTotals & { readonly currency: string };
export type OrderEvent = StoredOrderEvent & { readonly message: Text };
export interface OrderConnection extends Connection<Order> {
  /** Counted only when asked for. */
  readonly countTotal: () => Promise<number>;
}
