import { sum } from '#platform/money.ts';

interface Totals {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
}

/** The sums of several orders, each by its kind. */
export const sumOf = (totals: readonly Totals[]) => ({
  subtotal: sum(totals.map(({ subtotal }) => subtotal)),
  discount: sum(totals.map(({ discount }) => discount)),
  shipping: sum(totals.map(({ shipping }) => shipping)),
  tax: sum(totals.map(({ tax }) => tax)),
  total: sum(totals.map(({ total }) => total)),
});
