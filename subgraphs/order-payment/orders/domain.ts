/** Who may follow whom. EXPIRED → PAID is late money whose stock could be had again. */
export const ORDER_TRANSITIONS = {
  PENDING_PAYMENT: ['PAID', 'CANCELLED', 'EXPIRED'],
  PAID: ['PROCESSING', 'CANCELLED'],
  PROCESSING: ['READY_FOR_PICKUP', 'SHIPPED', 'CANCELLED'],
  READY_FOR_PICKUP: ['DELIVERED', 'CANCELLED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: ['COMPLETED'],
  COMPLETED: [],
  CANCELLED: [],
  EXPIRED: ['PAID'],
} as const satisfies Record<string, readonly string[]>;

export type OrderStatus = keyof typeof ORDER_TRANSITIONS;

/** PREPARING is a checkout under way, ABANDONED one that the sweeper gave up: clients see neither. */
export const GROUP_TRANSITIONS = {
  PREPARING: ['PENDING_PAYMENT', 'PAID', 'ABANDONED'],
  PENDING_PAYMENT: ['PAID', 'CANCELLED', 'EXPIRED'],
  PAID: [],
  CANCELLED: [],
  EXPIRED: ['PAID'],
  ABANDONED: [],
} as const satisfies Record<string, readonly string[]>;

export type GroupStatus = keyof typeof GROUP_TRANSITIONS;

/** No purchase yet, or never one. */
export const UNPLACED = ['PREPARING', 'ABANDONED'] as const satisfies readonly GroupStatus[];

export type OrderPaymentStatus = 'UNPAID' | 'PAID' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
export type OrderFulfilmentStatus = 'UNFULFILLED' | 'PARTIALLY_SHIPPED' | 'SHIPPED' | 'DELIVERED' | 'NOT_REQUIRED';
export type OrderViewer = 'BUYER' | 'MERCHANT' | 'STAFF';
export type OrderActor = 'BUYER' | 'MERCHANT' | 'PLATFORM' | 'SYSTEM' | 'PAYMENT_PROVIDER';
export type DiscountFunding = 'MERCHANT' | 'PLATFORM';
export type DeliveryMode = 'SHIPPING' | 'PICKUP' | 'DIGITAL' | 'ON_SITE';

export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  const allowed: readonly OrderStatus[] = ORDER_TRANSITIONS[from];
  return allowed.includes(to);
}

/** Whether an order may go from one status through others to the last, each step allowed by the table. */
export const mayPass = (from: OrderStatus, path: readonly OrderStatus[]): boolean =>
  path.length > 0 && path.every((to, index) => mayMove(path[index - 1] ?? from, to));

/** The statuses from which an order may be moved to `to`: what an InvalidStateError tells. */
export const statusesBefore = (to: OrderStatus): OrderStatus[] => ORDER_STATUSES.filter((from) => mayMove(from, to));

const isOrderStatus = (status: string): status is OrderStatus => status in ORDER_TRANSITIONS;
export const ORDER_STATUSES: readonly OrderStatus[] = Object.keys(ORDER_TRANSITIONS).filter(isOrderStatus);

/** Which coupons of a purchase are free again: a merchant's with its order, the platform's with the last of all. */
export function couponsToGiveBack(
  uses: readonly { readonly couponId: string; readonly merchantId: string | null }[],
  orders: readonly { readonly merchantId: string; readonly status: OrderStatus }[],
): string[] {
  const standing = orders.filter(({ status }) => status !== 'CANCELLED' && status !== 'EXPIRED');
  return uses.filter((use) => !standing.some(({ merchantId }) => use.merchantId === null || use.merchantId === merchantId)).map(({ couponId }) => couponId);
}

/** What a purchase is to its buyer: decided as a whole until it is paid, afterwards by its orders. */
export function groupStatusOf(
  stored: GroupStatus,
  orders: readonly OrderStatus[],
): 'PENDING_PAYMENT' | 'PAID' | 'PARTIALLY_CANCELLED' | 'CANCELLED' | 'EXPIRED' {
  if (stored === 'EXPIRED' || stored === 'CANCELLED') return stored;
  if (stored !== 'PAID') return 'PENDING_PAYMENT';
  const cancelled = orders.filter((status) => status === 'CANCELLED').length;
  if (cancelled === 0) return 'PAID';
  return cancelled === orders.length ? 'CANCELLED' : 'PARTIALLY_CANCELLED';
}
