import { sum } from '#platform/money.ts';
import type { OrderPaymentStatus } from '../orders/domain.ts';
import type { StoredOrderLine } from '../orders/entities.ts';
import { exactAmount } from '../orders/refundable.ts';
import { unitsUnshipped } from './domain.ts';
import type { RefundType, StoredRefundLine } from './entities.ts';
import type { PlannedLine } from './plan.ts';

/** What an order keeps of its refunds. */
export interface Ledger {
  readonly lines: StoredOrderLine[];
  readonly refundPendingTotal: number;
  readonly refundPendingShipping: number;
  readonly refundedTotal: number;
  readonly refundedShipping: number;
}

interface Part {
  readonly orderLineId: string;
  readonly quantity: number;
  readonly amount: number;
  readonly owedQuantity?: number;
}

/** Units that are still owed can be asked for again; only their money is taken. */
const unitsOf = ({ quantity, owedQuantity = 0 }: Part): number => quantity - owedQuantity;

export interface Holding {
  readonly lines: readonly Part[];
  readonly shippingAmount: number;
}

const totalOf = ({ lines, shippingAmount }: Holding): number => sum([...lines.map(({ amount }) => amount), shippingAmount]);

const mapParts = (
  lines: readonly StoredOrderLine[],
  parts: readonly Part[],
  change: (line: StoredOrderLine, part: Part) => StoredOrderLine,
): StoredOrderLine[] =>
  lines.map((line) => {
    const part = parts.find(({ orderLineId }) => orderLineId === line.id);
    return part ? change(line, part) : line;
  });

const shifted = (ledger: Ledger, holding: Holding, sign: 1 | -1): Ledger => ({
  ...ledger,
  lines: mapParts(ledger.lines, holding.lines, (line, part) => ({
    ...line,
    refundPendingQuantity: line.refundPendingQuantity + sign * unitsOf(part),
    refundPendingAmount: line.refundPendingAmount + sign * part.amount,
  })),
  refundPendingTotal: ledger.refundPendingTotal + sign * totalOf(holding),
  refundPendingShipping: ledger.refundPendingShipping + sign * holding.shippingAmount,
});

/** A request holds its units and its money: nobody else can have them meanwhile. */
export const hold = (ledger: Ledger, holding: Holding): Ledger => shifted(ledger, holding, 1);

/** It holds them no more. */
export const letGo = (ledger: Ledger, holding: Holding): Ledger => shifted(ledger, holding, -1);

/** The money went back: what was pending is refunded. */
export function settled(ledger: Ledger, holding: Holding): Ledger {
  const free = letGo(ledger, holding);
  return {
    ...free,
    lines: mapParts(free.lines, holding.lines, (line, part) => ({
      ...line,
      refundedQuantity: line.refundedQuantity + unitsOf(part),
      refundedAmount: line.refundedAmount + part.amount,
    })),
    refundedTotal: free.refundedTotal + totalOf(holding),
    refundedShipping: free.refundedShipping + holding.shippingAmount,
  };
}

/** Just these fields, to be written. */
export const ledgerOf = ({ lines, refundPendingTotal, refundPendingShipping, refundedTotal, refundedShipping }: Ledger): Ledger => ({
  lines,
  refundPendingTotal,
  refundPendingShipping,
  refundedTotal,
  refundedShipping,
});

export const paymentStatusOf = (refundedTotal: number, total: number): OrderPaymentStatus =>
  refundedTotal === 0 ? 'PAID' : refundedTotal < total ? 'PARTIALLY_REFUNDED' : 'REFUNDED';

/** Lines of which every unit was paid back by this holding's settlement. */
export const linesRefundedInFull = (before: Ledger, after: Ledger): string[] =>
  after.lines.filter((line, index) => line.refundedQuantity === line.quantity && before.lines[index]?.refundedQuantity !== line.quantity).map(({ id }) => id);

/**
 * How many units of a part had not been shipped: a refund without a return takes these first, one with a return takes what
 * was shipped and no other refund, paid or pending, takes.
 */
export function unshippedOf(line: StoredOrderLine, quantity: number, type: RefundType): number {
  if (type === 'REFUND_ONLY') return unitsUnshipped(line, quantity);
  const shippedAndTaken = Math.max(0, line.refundedQuantity + line.refundPendingQuantity - line.releasedQuantity);
  const shippedAndKept = Math.max(0, line.shippedQuantity - shippedAndTaken);
  return unitsUnshipped(line, Math.max(0, quantity - shippedAndKept));
}

/**
 * The parts of a decision, about an order without the request's own hold. Units that were not shipped never leave; but for
 * less than they cost they are still owed, or the buyer would have neither the goods nor their money.
 */
export const grantedParts = ({ lines }: Pick<Ledger, 'lines'>, parts: readonly PlannedLine[], type: RefundType): StoredRefundLine[] =>
  parts.map((part) => {
    const line = lines.find(({ id }) => id === part.orderLineId);
    const unshipped = line ? unshippedOf(line, part.quantity, type) : 0;
    const isInFull = !line || part.isInFull === true || part.amount >= exactAmount(line, part.quantity);
    return { ...part, isInFull, releasedQuantity: isInFull ? unshipped : 0, owedQuantity: isInFull ? 0 : unshipped };
  });

/** Units that the buyer has, and sends back where the goods are to return. */
export const deliveredUnits = ({ quantity, releasedQuantity, owedQuantity = 0 }: StoredRefundLine): number => quantity - releasedQuantity - owedQuantity;

export const release = (
  lines: readonly StoredOrderLine[],
  parts: readonly { readonly orderLineId: string; readonly releasedQuantity: number }[],
): StoredOrderLine[] =>
  lines.map((line) => {
    const part = parts.find(({ orderLineId }) => orderLineId === line.id);
    return part ? { ...line, releasedQuantity: line.releasedQuantity + part.releasedQuantity } : line;
  });
