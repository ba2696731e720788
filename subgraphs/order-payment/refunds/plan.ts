import type { UserErrorData } from '#platform/errors.ts';
import { type Money, money, sum } from '#platform/money.ts';
import { exactAmount, leastAmount, type RefundableLine, type RefundableOrder, refundableQuantity, shippingLeft } from '../orders/refundable.ts';
import { lineRepeated, lineUnknown, nothingWanted, refundLimit } from './errors.ts';

/** What is to be paid back, to the minor unit. */
export interface Plan {
  readonly lines: readonly PlannedLine[];
  readonly shippingAmount: number;
  readonly total: number;
}

export interface PlannedLine {
  readonly orderLineId: string;
  readonly quantity: number;
  readonly amount: number;
  readonly restock: boolean;
  /** Whether that was all that the units cost when it was planned; later the last unit's remainder may have come to them. Absent is no. */
  readonly isInFull?: boolean;
}

export interface WishedLine {
  readonly orderLineId: string;
  readonly quantity: number;
  /** Null: exactly what the quantity cost. */
  readonly amount?: Money | null | undefined;
  readonly restock?: boolean | null | undefined;
}

export interface Wish {
  readonly lines: readonly WishedLine[];
  /** All that is left of it, so much of it, or nothing. */
  readonly shipping: 'ALL' | Money | null;
}

/** What may be paid back at most of a line: so many units, and for so many so much; `costOf` is what they cost. */
interface Limit {
  readonly quantity: number;
  readonly amountOf: (units: number) => number;
  readonly costOf: (units: number) => number;
}

export interface Limits {
  readonly currency: string;
  /** Null for a line that is not part of it. */
  readonly line: (orderLineId: string) => Limit | null;
  readonly shipping: number;
}

interface Order extends RefundableOrder {
  readonly currency: string;
  readonly lines: readonly (RefundableLine & { readonly id: string })[];
}

/** The limits of a new refund: what is left of the order. */
export function limitsOf(order: Order): Limits {
  const lines = new Map(
    order.lines.map((line) => {
      const costOf = (units: number) => exactAmount(line, units);
      return [line.id, { quantity: refundableQuantity(line), amountOf: costOf, costOf }];
    }),
  );
  return { currency: order.currency, line: (id) => lines.get(id) ?? null, shipping: shippingLeft(order) };
}

interface Asked {
  readonly lines: readonly PlannedLine[];
  readonly shippingAmount: number;
}

/**
 * The limits of a decision: what was asked for, within what is left of the order without the request's own hold. For all
 * the units that were asked for that is what was held for them, the last unit's remainder included, though another
 * request that went before it was taken back meanwhile.
 */
export function limitsWithin(order: Order, asked: Asked): Limits {
  const left = limitsOf(order);
  const lines = new Map(asked.lines.map((line) => [line.orderLineId, line]));
  const line = (id: string): Limit | null => {
    const wanted = lines.get(id);
    const limit = wanted && left.line(id);
    if (!wanted || !limit) return null;
    const amountOf = (units: number) => (units === wanted.quantity ? wanted.amount : Math.min(wanted.amount, limit.amountOf(units)));
    const costOf = (units: number) => (units === wanted.quantity && wanted.isInFull ? wanted.amount : limit.costOf(units));
    return { quantity: Math.min(wanted.quantity, limit.quantity), amountOf, costOf };
  };
  return { currency: left.currency, line, shipping: Math.min(asked.shippingAmount, left.shipping) };
}

/**
 * What was asked for before, asked for anew: units that were wanted at their full price cost what they cost now, since
 * the remainder may have come to them, or have gone to others.
 */
export function wishAgain({ currency, lines }: Order, asked: Asked): Wish {
  const isInFull = ({ orderLineId, quantity, amount }: PlannedLine): boolean => {
    const line = lines.find(({ id }) => id === orderLineId);
    return line !== undefined && amount >= leastAmount(line, quantity);
  };
  return {
    lines: asked.lines.map((line) => ({ ...line, amount: isInFull(line) ? null : { amount: line.amount, currency } })),
    shipping: { amount: asked.shippingAmount, currency },
  };
}

type Outcome = { readonly plan: Plan; readonly problem?: undefined } | { readonly plan?: undefined; readonly problem: UserErrorData };

/** Turns a wish into exact amounts, or says what is wrong with it and what would be right. */
export function planRefund(limits: Limits, wish: Wish): Outcome {
  const seen = new Set<string>();
  const lines: PlannedLine[] = [];
  for (const [index, wished] of wish.lines.entries()) {
    const path = ['input', 'lines', index];
    const limit = limits.line(wished.orderLineId);
    if (!limit) return { problem: lineUnknown([...path, 'orderLineId']) };
    if (seen.has(wished.orderLineId)) return { problem: lineRepeated([...path, 'orderLineId']) };
    seen.add(wished.orderLineId);
    const amount = amountFor(limits.currency, limit, wished);
    if (amount === null) return { problem: lineLimit(path, limits.currency, limit, wished) };
    const isInFull = amount >= limit.costOf(wished.quantity);
    lines.push({ orderLineId: wished.orderLineId, quantity: wished.quantity, amount, restock: wished.restock ?? true, isInFull });
  }
  const shippingAmount = shippingFor(limits, wish.shipping);
  if (shippingAmount === null) {
    return {
      problem: refundLimit(['input', 'shippingAmount'], {
        orderLineId: null,
        refundableQuantity: null,
        refundableAmount: money(limits.shipping, limits.currency),
      }),
    };
  }
  if (lines.length === 0 && shippingAmount === 0) return { problem: nothingWanted(['input', 'lines']) };
  return { plan: { lines, shippingAmount, total: sum([...lines.map(({ amount }) => amount), shippingAmount]) } };
}

/** Null when it is not allowed. Nothing may be granted only for what cost nothing. */
function amountFor(currency: string, limit: Limit, { quantity, amount }: WishedLine): number | null {
  if (quantity < 1 || quantity > limit.quantity) return null;
  const exact = limit.amountOf(quantity);
  if (amount == null) return exact;
  const isWithin = amount.currency === currency && amount.amount <= exact && (amount.amount > 0 || exact === 0);
  return isWithin && amount.amount >= 0 ? amount.amount : null;
}

function lineLimit(path: readonly (string | number)[], currency: string, limit: Limit, { orderLineId, quantity }: WishedLine) {
  const isCountWrong = quantity < 1 || quantity > limit.quantity;
  const most = limit.amountOf(isCountWrong ? limit.quantity : quantity);
  return refundLimit([...path, isCountWrong ? 'quantity' : 'amount'], {
    orderLineId,
    refundableQuantity: limit.quantity,
    refundableAmount: money(most, currency),
  });
}

function shippingFor({ currency, shipping }: Limits, wanted: Wish['shipping']): number | null {
  if (wanted === null) return 0;
  if (wanted === 'ALL') return shipping;
  return wanted.currency === currency && wanted.amount >= 0 && wanted.amount <= shipping ? wanted.amount : null;
}
