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

export type OrderPaymentStatus = 'UNPAID' | 'PAID' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
export type OrderFulfilmentStatus = 'UNFULFILLED' | 'PARTIALLY_SHIPPED' | 'SHIPPED' | 'DELIVERED' | 'NOT_REQUIRED';
export type OrderActor = 'BUYER' | 'MERCHANT' | 'PLATFORM' | 'SYSTEM' | 'PAYMENT_PROVIDER';
export type DeliveryMode = 'SHIPPING' | 'PICKUP' | 'DIGITAL' | 'ON_SITE';

export const mayMove = (from: OrderStatus, to: OrderStatus): boolean => (ORDER_TRANSITIONS[from] as readonly OrderStatus[]).includes(to);

/** The statuses from which an order may be moved to `to`: what an InvalidStateError tells. */
export const statusesBefore = (to: OrderStatus): OrderStatus[] => ORDER_STATUSES.filter((from) => mayMove(from, to));

const isOrderStatus = (status: string): status is OrderStatus => status in ORDER_TRANSITIONS;
export const ORDER_STATUSES: readonly OrderStatus[] = Object.keys(ORDER_TRANSITIONS).filter(isOrderStatus);
