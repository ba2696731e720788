import { UNTOUCHED } from '../checkout/snapshots.ts';
import type { StoredOrderLine } from '../orders/entities.ts';

/** A line of an order as it is before anything was shipped or paid back. */
export const lineOf = (
  id: string,
  { quantity, unitPrice, discount = 0, ...more }: Pick<StoredOrderLine, 'quantity' | 'unitPrice'> & Partial<StoredOrderLine>,
): StoredOrderLine => ({
  id,
  variantId: `v-${id}`,
  productId: `p-${id}`,
  quantity,
  unitPrice,
  subtotal: quantity * unitPrice,
  discount,
  tax: 0,
  total: quantity * unitPrice - discount,
  title: id,
  variantTitle: id,
  sku: id,
  imageUrl: null,
  options: [],
  requiresShipping: true,
  taxCategory: 'STANDARD',
  ...UNTOUCHED,
  ...more,
});
