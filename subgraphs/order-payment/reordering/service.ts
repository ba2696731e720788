import { invalidStateError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import { ORDER_STATUSES, type OrderStatus } from '../orders/domain.ts';
import type { OrderLine } from '../orders/sources.ts';
import { reorderCart } from '../siblings.ts';

/** What waits for its payment is still to be had as it is. */
const REORDERABLE: readonly OrderStatus[] = ORDER_STATUSES.filter((status) => status !== 'PENDING_PAYMENT');

interface Outcome {
  readonly cart: { readonly id: string } | null;
  readonly skippedLines: OrderLine[];
  readonly userErrors: UserErrorData[];
}

const refused = (problem: UserErrorData): Outcome => ({ cart: null, skippedLines: [], userErrors: [problem] });

export async function reorder({ loaders, identity, siblings }: Context, orderId: string): Promise<Outcome> {
  const path = ['orderId'];
  const order = await loaders.order.load(orderId);
  if (!order || !isBuyer(identity, order)) return refused(notFoundError(path, { en: 'The order', zh: '订单' }));
  if (!REORDERABLE.includes(order.status)) return refused(invalidStateError(path, order.status, REORDERABLE));

  const wanted = [...Map.groupBy(order.lines, ({ variantId }) => variantId)].map(([variantId, same]) => ({
    variantId,
    quantity: same.reduce((total, { quantity }) => total + quantity, 0),
  }));
  const { cartId, skippedVariantIds, refusedState } = await reorderCart(siblings, { currency: order.currency, lines: wanted });
  if (refusedState !== null) return refused(invalidStateError(path, refusedState, ['ACTIVE']));
  const skippedLines = order.lines.filter(({ variantId }) => skippedVariantIds.includes(variantId)).map((line) => ({ ...line, order }));
  return { cart: cartId === null ? null : { id: cartId }, skippedLines, userErrors: [] };
}
