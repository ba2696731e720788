import { newId } from '#platform/entity.ts';
import { changeCart } from '../carts/changes.ts';
import type { CartDocument } from '../carts/entities.ts';
import { offersOf } from '../carts/loaders.ts';
import type { Context } from '../context.ts';
import { type Reordered, reorderLines } from './lines.ts';

interface CartReorderInput {
  readonly currency: string;
  readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
}

/** Fills the caller's cart with what was ordered before. Where nothing of it can be had, no cart is made and none is changed. */
export async function reorderInto(context: Context, { currency, lines }: CartReorderInput) {
  const offerOf = await offersOf(
    context.loaders.sellableVariant,
    lines.map(({ variantId }) => variantId),
  );
  const fresh = { id: () => newId('cline'), at: new Date() };
  let reordered: Reordered = { lines: [], skipped: [] };
  const request = { expectedVersion: null, versionPath: ['orderId'], creates: true };
  const { cart, userErrors } = await changeCart(context, request, (current) => {
    const priced = currencyOf(current, currency);
    reordered = reorderLines(current.lines, lines, priced, offerOf, fresh);
    // Refusing without a reason writes nothing: the cart is as it is wanted, or nothing can be had.
    return reordered.lines === current.lines ? { userErrors: [] } : { change: { lines: reordered.lines, currency: priced } };
  });
  const refusedState = userErrors.length > 0 ? (cart?.state ?? null) : null;
  return { cartId: cart?._id ?? null, skippedVariantIds: [...reordered.skipped], refusedState };
}

const currencyOf = ({ lines, currencyChosen, currency }: CartDocument, ordered: string): string => (lines.length > 0 || currencyChosen ? currency : ordered);
