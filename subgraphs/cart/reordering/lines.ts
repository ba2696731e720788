import { isBuyable, largestAllowed, MAX_LINE_AMOUNT, MAX_LINES, nextPosition, type Offer, type OfferOf, priceIn, type StoredLine } from '../carts/domain.ts';

interface Wanted {
  readonly variantId: string;
  readonly quantity: number;
}

export interface Reordered {
  readonly lines: readonly StoredLine[];
  /** Nothing of them can be bought now. */
  readonly skipped: readonly string[];
}

/**
 * The lines with as much of each variant as is wanted, where it can be had. A line that holds as much already stays as it is;
 * so the same order asked for twice is there once. The very same array when nothing changes.
 */
export function reorderLines(
  lines: readonly StoredLine[],
  wanted: readonly Wanted[],
  currency: string,
  offerOf: OfferOf,
  fresh: { id: () => string; at: Date },
): Reordered {
  let result = lines;
  const skipped: string[] = [];
  for (const { variantId, quantity: ordered } of wanted) {
    const offer = offerOf(variantId);
    const price = priceIn(offer, currency);
    const quantity = offer && isBuyable(offer, currency) ? obtainable(ordered, offer) : 0;
    const present = result.find((line) => line.variantId === variantId);
    const hasRoom = present !== undefined || result.length < MAX_LINES;
    if (offer === null || price === null || quantity === 0 || price * quantity > MAX_LINE_AMOUNT || !hasRoom) skipped.push(variantId);
    else if (present === undefined || present.quantity < quantity) {
      const changed = { quantity, seen: { amount: price, currency }, reducedFrom: quantity < ordered ? ordered : null };
      result = present
        ? result.map((line) => (line === present ? { ...line, ...changed } : line))
        : [...result, { id: fresh.id(), position: nextPosition(result), ...goodsOf(offer), ...changed, addedAt: fresh.at }];
    }
  }
  return { lines: result, skipped };
}

const goodsOf = ({ variantId, productId, merchantId }: Offer) => ({ variantId, productId, merchantId });

/** As many as stock and rule allow; the least that can be ordered where that is more than was, since less cannot be had; else none. */
function obtainable(ordered: number, offer: Offer): number {
  const possible = largestAllowed(Math.min(ordered, offer.available), offer);
  if (possible > 0 || ordered >= offer.minimum) return possible;
  const least = Math.ceil(Math.max(offer.minimum, 1) / offer.increment) * offer.increment;
  return largestAllowed(Math.min(least, offer.available), offer) === least ? least : 0;
}
