import { largestAllowed, MAX_LINES, nextPosition, type Offer, type OfferOf, type StoredLine } from '../carts/domain.ts';

export type MergeStrategy = 'MAX' | 'SUM' | 'KEEP_USER' | 'KEEP_GUEST';

/** Twice what a buyer can fill by hand: a merge loses nothing of two full carts, and no number of merges grows a cart without end. */
const MAX_MERGED_LINES = 2 * MAX_LINES;

/** The account's lines after the guest's joined them. Nothing is lost: what cannot be bought comes along and shows as an issue. */
export function mergeLines(own: readonly StoredLine[], guests: readonly StoredLine[], strategy: MergeStrategy, offerOf: OfferOf): readonly StoredLine[] {
  if (own.length === 0 || strategy === 'KEEP_GUEST') return guests;
  if (strategy === 'KEEP_USER') return own;
  const ofGuest = new Map(guests.map((line) => [line.variantId, line]));
  const ofOwn = new Set(own.map(({ variantId }) => variantId));
  const merged = own.map((line) => combined(line, ofGuest.get(line.variantId), strategy, offerOf(line.variantId)));
  const firstFree = nextPosition(own);
  const added = guests.filter(({ variantId }) => !ofOwn.has(variantId)).map((line, index) => ({ ...line, position: firstFree + index }));
  return [...merged, ...added].slice(0, Math.max(MAX_MERGED_LINES, own.length));
}

function combined(own: StoredLine, guests: StoredLine | undefined, strategy: 'MAX' | 'SUM', offer: Offer | null): StoredLine {
  if (!guests) return own;
  const wanted = strategy === 'MAX' ? Math.max(own.quantity, guests.quantity) : own.quantity + guests.quantity;
  const quantity = offer === null ? wanted : obtainable(wanted, offer);
  return { ...own, quantity, reducedFrom: quantity < wanted ? wanted : null };
}

/** As many as stock and rule allow; of goods that are sold out as many as the rule does, and the stock is an issue. */
const obtainable = (wanted: number, offer: Offer): number =>
  largestAllowed(Math.min(wanted, offer.available), offer) || largestAllowed(wanted, offer) || wanted;
