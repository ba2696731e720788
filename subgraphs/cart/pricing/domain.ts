import { allocate, minorUnits, scale, sum } from '#platform/money.ts';

/**
 * Value-added tax that prices include, in basis points. Sources: each country's tax authority, rates in force in 2025 -
 * China: Provisional Regulations on VAT and the announcement [2019] No. 39 of the Ministry of Finance (13 %, 9 %, 6 % for
 * services and digital goods); European Union: national rates under Council Directive 2006/112/EC; United Kingdom: VAT Act
 * 1994; Japan: Consumption Tax Act (10 %, 8 %); Korea: VAT Act; Singapore: GST Act; Australia and New Zealand: GST Acts;
 * Canada: Excise Tax Act (federal part); Switzerland: MWSTG. Where sales tax is added at the till and is not a part of
 * prices (United States), or there is none (Hong Kong, Macao), nothing of a price is tax.
 */
const TAX_RATES: Readonly<Record<string, TaxRates>> = {
  CN: { standard: 1300, reduced: 900, digital: 600 },
  TW: { standard: 500, reduced: 500, digital: 500 },
  HK: { standard: 0, reduced: 0, digital: 0 },
  MO: { standard: 0, reduced: 0, digital: 0 },
  US: { standard: 0, reduced: 0, digital: 0 },
  CA: { standard: 500, reduced: 500, digital: 500 },
  JP: { standard: 1000, reduced: 800, digital: 1000 },
  KR: { standard: 1000, reduced: 1000, digital: 1000 },
  SG: { standard: 900, reduced: 900, digital: 900 },
  AU: { standard: 1000, reduced: 1000, digital: 1000 },
  NZ: { standard: 1500, reduced: 1500, digital: 1500 },
  GB: { standard: 2000, reduced: 500, digital: 2000 },
  CH: { standard: 810, reduced: 260, digital: 810 },
  AT: { standard: 2000, reduced: 1000, digital: 2000 },
  BE: { standard: 2100, reduced: 600, digital: 2100 },
  DE: { standard: 1900, reduced: 700, digital: 1900 },
  DK: { standard: 2500, reduced: 2500, digital: 2500 },
  ES: { standard: 2100, reduced: 1000, digital: 2100 },
  FI: { standard: 2550, reduced: 1400, digital: 2550 },
  FR: { standard: 2000, reduced: 550, digital: 2000 },
  IE: { standard: 2300, reduced: 1350, digital: 2300 },
  IT: { standard: 2200, reduced: 1000, digital: 2200 },
  NL: { standard: 2100, reduced: 900, digital: 2100 },
  PL: { standard: 2300, reduced: 800, digital: 2300 },
  PT: { standard: 2300, reduced: 1300, digital: 2300 },
  SE: { standard: 2500, reduced: 1200, digital: 2500 },
};

interface TaxRates {
  readonly standard: number;
  readonly reduced: number;
  readonly digital: number;
}

/** Basis points of tax in a price. An unknown category is taxed as standard; an unknown country not at all, since nobody knows yet whose tax it would be. */
export function taxRateOf(country: string | null, category: string): number {
  const rates = country === null ? undefined : TAX_RATES[country];
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
