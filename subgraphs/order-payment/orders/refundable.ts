import { sum } from '#platform/money.ts';
import type { OrderPaymentStatus } from './domain.ts';

/** What of an order line has been, or is being, paid back and sent. Amounts are minor units of the order's currency. */
export interface RefundableLine {
  readonly quantity: number;
  /** What the buyer paid for the line. */
  readonly total: number;
  readonly refundedQuantity: number;
  readonly refundPendingQuantity: number;
  readonly refundedAmount: number;
  readonly refundPendingAmount: number;
}

/** What the first `units` units of a line cost: equal parts rounded down, the last unit takes the remainder. */
const costOfFirst = (line: RefundableLine, units: number): number => (units >= line.quantity ? line.total : leastAmount(line, units));

/** Units for which nobody has asked for money back yet. */
export const refundableQuantity = (line: RefundableLine): number => line.quantity - line.refundedQuantity - line.refundPendingQuantity;

/**
 * The exact amount for the next `units` units: however a line is taken apart, its parts sum to what was paid for it. The
 * money that is left bounds it, since a withdrawn request may have held the last unit with its remainder, and a part of it
 * may have gone back for units that are still to be delivered.
 */
export function exactAmount(line: RefundableLine, units: number): number {
  const taken = line.refundedQuantity + line.refundPendingQuantity;
  const moneyLeft = line.total - line.refundedAmount - line.refundPendingAmount;
  return Math.max(0, Math.min(costOfFirst(line, taken + units) - costOfFirst(line, taken), moneyLeft));
}

/** So many units cost as much at least; the one that takes the remainder costs more. */
export const leastAmount = ({ quantity, total }: RefundableLine, units: number): number => units * Math.floor(total / quantity);

/** Everything that can still be paid back for a line. */
export const refundableAmount = (line: RefundableLine): number => exactAmount(line, refundableQuantity(line));

/** What of an order can be paid back: its lines, and its delivery. */
export interface RefundableOrder {
  readonly lines: readonly RefundableLine[];
  readonly totals: { readonly shipping: number };
  readonly refundedShipping: number;
  readonly refundPendingShipping: number;
}

export const shippingLeft = ({ totals, refundedShipping, refundPendingShipping }: RefundableOrder): number =>
  totals.shipping - refundedShipping - refundPendingShipping;

/**
 * Units for which nobody has asked for money back yet, or a part of what the delivery cost. Units whose money went back
 * before they were shipped are none.
 */
export const hasRefundable = (order: RefundableOrder): boolean => order.lines.some(isRefundable) || shippingLeft(order) > 0;

const isRefundable = (line: RefundableLine): boolean => (line.total === 0 ? refundableQuantity(line) : refundableAmount(line)) > 0;

/** Everything that can still be paid back for an order. Shipped units that a merchant granted less for are not among it: they are gone. */
export const refundableTotal = (order: RefundableOrder & { readonly paymentStatus: OrderPaymentStatus }): number =>
  order.paymentStatus === 'UNPAID' ? 0 : sum([...order.lines.map(refundableAmount), shippingLeft(order)]);
