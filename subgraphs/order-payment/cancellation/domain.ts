import { invalidStateError, type UserErrorData, validationError, versionConflictError } from '#platform/errors.ts';

export const CANCEL_REASONS = ['CHANGED_MIND', 'WRONG_ADDRESS', 'FOUND_CHEAPER', 'OUT_OF_STOCK', 'FRAUD', 'OTHER'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

/** Until when each side may cancel by its own word. From PROCESSING on, the buyer asks for a refund instead. */
export const CANCELLABLE = {
  BUYER: ['PENDING_PAYMENT', 'PAID'],
  MERCHANT: ['PAID', 'PROCESSING'],
} as const satisfies Record<string, readonly string[]>;

export type Side = keyof typeof CANCELLABLE;

interface Order {
  readonly status: string;
  readonly version: number;
  readonly lines: readonly { readonly shippedQuantity: number; readonly refundPendingQuantity: number }[];
}

/** As whom the caller may cancel an order in this status; null when neither side may. */
export const sideFor = (status: string, sides: readonly Side[]): Side | null =>
  sides.find((side) => CANCELLABLE[side].some((allowed) => allowed === status)) ?? null;

/** What stands against it; null when nothing does. */
export function objectionTo(order: Order, sides: readonly Side[], expectedVersion: number | null | undefined): UserErrorData | null {
  const path = ['input', 'orderId'];
  if (expectedVersion != null && expectedVersion !== order.version) return versionConflictError(['input', 'expectedVersion'], order.version);
  const hasLeft = order.lines.some(({ shippedQuantity }) => shippedQuantity > 0);
  if (hasLeft || sideFor(order.status, sides) === null) {
    return invalidStateError(path, hasLeft ? 'PARTIALLY_SHIPPED' : order.status, [...new Set(sides.flatMap((side) => CANCELLABLE[side]))]);
  }
  if (order.lines.some(({ refundPendingQuantity }) => refundPendingQuantity > 0)) {
    const message = {
      en: 'A refund of this order is under way; withdraw it, or wait until it is decided.',
      zh: '该订单有退款正在处理，请先撤回或等待处理结果。',
    };
    return validationError(path, message, 'REFUND_UNDER_WAY');
  }
  return null;
}

const MAX_NOTE = 500;

export const checkNote = (note: string | null | undefined): UserErrorData | null =>
  (note?.length ?? 0) > MAX_NOTE
    ? validationError(['input', 'note'], { en: `This must have at most ${MAX_NOTE} characters.`, zh: `最多 ${MAX_NOTE} 个字符。` })
    : null;
