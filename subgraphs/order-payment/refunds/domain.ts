/**
 * Who may follow whom. An approval moves on in the same write, to the goods' way back or to the payment; APPROVED itself
 * stands in the timeline only.
 */
export const REFUND_TRANSITIONS = {
  REQUESTED: ['APPROVED', 'REJECTED', 'WITHDRAWN'],
  APPROVED: ['AWAITING_RETURN', 'PROCESSING'],
  REJECTED: ['ESCALATED'],
  WITHDRAWN: [],
  ESCALATED: ['APPROVED', 'REJECTED_FINAL'],
  REJECTED_FINAL: [],
  AWAITING_RETURN: ['RETURN_SHIPPED'],
  RETURN_SHIPPED: ['PROCESSING'],
  PROCESSING: ['SUCCEEDED', 'FAILED'],
  FAILED: ['PROCESSING'],
  SUCCEEDED: [],
} as const satisfies Record<string, readonly string[]>;

export type RefundStatus = keyof typeof REFUND_TRANSITIONS;

const isRefundStatus = (status: string): status is RefundStatus => status in REFUND_TRANSITIONS;
export const REFUND_STATUSES: readonly RefundStatus[] = Object.keys(REFUND_TRANSITIONS).filter(isRefundStatus);

export function mayBecome(from: RefundStatus, to: RefundStatus): boolean {
  const allowed: readonly RefundStatus[] = REFUND_TRANSITIONS[from];
  return allowed.includes(to);
}

/** The goods are to come back, or are on their way. */
export const awaitsGoods = (status: RefundStatus): boolean => status === 'AWAITING_RETURN' || status === 'RETURN_SHIPPED';

export const statusesBefore = (to: RefundStatus): RefundStatus[] => REFUND_STATUSES.filter((from) => mayBecome(from, to));

/** Units that a refund takes from what was not shipped yet. The others have to come back, or stay. */
export function unitsUnshipped(
  line: { readonly quantity: number; readonly shippedQuantity: number; readonly releasedQuantity: number },
  units: number,
): number {
  return Math.min(units, line.quantity - line.shippedQuantity - line.releasedQuantity);
}

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

/** Until when the buyer may ask: the policy's days from the delivery; null while nothing was delivered. */
export const windowClosesAt = (deliveredAt: Date | null, windowDays: number): Date | null =>
  deliveredAt === null ? null : new Date(deliveredAt.getTime() + windowDays * DAY_MS);

/** When the merchant's silence approves; the setting overrides the policy. */
export const autoApproveAt = (requestedAt: Date, policy: { readonly autoApproveAfterHours: number }, overrideSeconds: number | undefined): Date =>
  new Date(requestedAt.getTime() + (overrideSeconds === undefined ? policy.autoApproveAfterHours * HOUR_MS : overrideSeconds * 1000));
