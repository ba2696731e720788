import { allocate, minorUnits, scale, sum } from '#platform/money.ts';
import { TAX_RATES, type TaxTable } from './tax-rates.ts';

/** Basis points of tax in a price. An unknown category is taxed as standard; an unknown country not at all, since nobody knows yet whose tax it would be. */
export function taxRateOf(country: string | null, category: string, table: TaxTable = TAX_RATES): number {
  const rates = country === null ? undefined : table[country];
  if (!rates) return 0;
  const name = category.toLowerCase();
  if (name === 'zero' || name === 'exempt') return 0;
  return name === 'reduced' || name === 'digital' ? rates[name] : rates.standard;
}

/** The part of a price that is tax: the price is 100 % plus the rate. */
export const taxWithin = (amount: number, rateBps: number): number => scale(amount, rateBps, 10_000 + rateBps);

/** In minor units of one currency. `total = subtotal - discount + shipping`; `tax` is a part of it. */
export interface Totals {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
}

export interface LineAmounts {
  readonly subtotal: number;
  readonly discount: number;
  readonly total: number;
  readonly tax: number;
  readonly taxRateBps: number;
}

/** A line's `total = unit price × quantity - its discount`, never below nothing. */
export function lineAmounts(line: { unitPrice: number; quantity: number; discount: number; taxRateBps: number }): LineAmounts {
  const subtotal = minorUnits(line.unitPrice * line.quantity);
  const discount = Math.min(line.discount, subtotal);
  const total = subtotal - discount;
  return { subtotal, discount, total, tax: taxWithin(total, line.taxRateBps), taxRateBps: line.taxRateBps };
}

/** Delivery shares the tax of the goods it delivers, in proportion to their price: it is ancillary to them. */
export function groupTotals(lines: readonly LineAmounts[], shipping: { price: number; delivers: readonly LineAmounts[] }): Totals {
  const shares = allocate(
    shipping.price,
    shipping.delivers.map(({ total }) => total),
  );
  const shippingTax = sum(shipping.delivers.map(({ taxRateBps }, index) => taxWithin(shares[index] ?? 0, taxRateBps)));
  const goods = sum(lines.map(({ total }) => total));
  return {
    subtotal: sum(lines.map(({ subtotal }) => subtotal)),
    discount: sum(lines.map(({ discount }) => discount)),
    shipping: shipping.price,
    tax: sum(lines.map(({ tax }) => tax)) + shippingTax,
    total: minorUnits(goods + shipping.price),
  };
}

export const sumTotals = (parts: readonly Totals[]): Totals => ({
  subtotal: sum(parts.map(({ subtotal }) => subtotal)),
  discount: sum(parts.map(({ discount }) => discount)),
  shipping: sum(parts.map(({ shipping }) => shipping)),
  tax: sum(parts.map(({ tax }) => tax)),
  total: sum(parts.map(({ total }) => total)),
});
