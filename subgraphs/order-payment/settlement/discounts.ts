import { sum } from '#platform/money.ts';
import type { StoredDiscount, StoredOrderLine, StoredTotals } from '../orders/entities.ts';
import type { StoredRefundLine } from '../refunds/entities.ts';
import { shareOf } from './domain.ts';

export interface DiscountedOrder {
  readonly lines: readonly Pick<StoredOrderLine, 'id' | 'quantity' | 'total' | 'discounts'>[];
  readonly totals: Pick<StoredTotals, 'shipping'>;
  readonly shippingDiscounts?: readonly StoredDiscount[] | null;
}

/** What went back, or is to go back, with one refund. */
export interface GivenBack {
  readonly lines: readonly StoredRefundLine[];
  readonly shippingAmount: number;
}

const byPlatform = (discounts: readonly StoredDiscount[] | null | undefined): number =>
  sum((discounts ?? []).filter(({ fundedBy }) => fundedBy === 'PLATFORM').map(({ amount }) => amount));

/**
 * What all refunds of an order together take back of what the platform's coupons paid: of each line and of the delivery as
 * much as of its money went back. Where nothing was paid for a line, its units tell; where nothing for the delivery, it
 * goes back with the last of the goods. Of an order of which nothing ever left, all of it: the platform paid for no sale.
 */
export function discountDue({ lines, totals, shippingDiscounts }: DiscountedOrder, refunds: readonly GivenBack[]): number {
  const parts = refunds.flatMap((refund) => refund.lines);
  const backOf = lines.map((line) => {
    const own = parts.filter(({ orderLineId }) => orderLineId === line.id);
    const units = sum(own.map(({ quantity, owedQuantity = 0 }) => quantity - owedQuantity));
    const [given, whole] = line.total > 0 ? [sum(own.map(({ amount }) => amount)), line.total] : [units, line.quantity];
    const released = sum(own.map(({ releasedQuantity }) => releasedQuantity));
    return { paid: byPlatform(line.discounts), given: Math.min(given, whole), whole, isReleased: released >= line.quantity };
  });
  const paidOfShipping = byPlatform(shippingDiscounts);
  if (backOf.every(({ isReleased }) => isReleased)) return sum([paidOfShipping, ...backOf.map(({ paid }) => paid)]);
  const givenOfShipping = Math.min(sum(refunds.map(({ shippingAmount }) => shippingAmount)), totals.shipping);
  const isFree = totals.shipping === 0;
  const isAllBack = backOf.every(({ given, whole }) => given === whole);
  const ofShipping = isFree ? (isAllBack ? paidOfShipping : 0) : shareOf(paidOfShipping, givenOfShipping, totals.shipping);
  return sum([ofShipping, ...backOf.map(({ paid, given, whole }) => shareOf(paid, given, whole))]);
}
