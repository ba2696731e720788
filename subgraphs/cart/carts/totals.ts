import { money } from '#platform/money.ts';
import type { Totals } from '../pricing/domain.ts';

/** Totals as the graph shows them. */
export const totalsIn = (currency: string, { subtotal, discount, shipping, tax, total }: Totals) => ({
  subtotal: money(subtotal, currency),
  discount: money(discount, currency),
  shipping: money(shipping, currency),
  tax: money(tax, currency),
  taxIncluded: true,
  total: money(total, currency),
});
