import { groupTotals, type LineAmounts, lineAmounts, sumTotals, type Totals, taxRateOf } from '../pricing/domain.ts';
import { type DeliveryOption, deliveryOptions, isPhysical, pickupLocationOf, type PostalAddress, type Rate, selectedOption } from '../shipping/domain.ts';
import type { PickupPoint, SellableVariant } from '../siblings.ts';
import { priceIn, type StoredLine } from './domain.ts';
import type { CartDocument } from './entities.ts';

/** What a cart is judged by, as it is now. */
export interface Facts {
  readonly variants: ReadonlyMap<string, SellableVariant>;
  readonly rates: ReadonlyMap<string, readonly Rate[]>;
  /** Of the merchants for which it matters: see `merchantsToAskForPickup`. */
  readonly pickupPoints: ReadonlyMap<string, readonly PickupPoint[]>;
  /** Amount off each line, by its id. */
  readonly discounts?: ReadonlyMap<string, number>;
}

export interface AssessedLine extends LineAmounts {
  readonly line: StoredLine;
  readonly variant: SellableVariant | null;
  /** Null when there is none in the cart's currency. */
  readonly price: number | null;
  readonly unitPrice: number;
}

export interface AssessedGroup {
  readonly cart: CartDocument;
  readonly merchantId: string;
  readonly lines: readonly AssessedLine[];
  readonly address: PostalAddress | null;
  readonly options: readonly DeliveryOption[];
  readonly chosenId: string | null;
  readonly selected: DeliveryOption | null;
  readonly totals: Totals;
}

export interface Assessment {
  readonly cart: CartDocument;
  readonly lines: ReadonlyMap<string, AssessedLine>;
  readonly groups: readonly AssessedGroup[];
  readonly totals: Totals;
}

/** Prices a cart: the one computation behind what the buyer sees and what checkout takes. */
export function assess(cart: CartDocument, facts: Facts): Assessment {
  const groups = groupsOf(cart).map(([merchantId, lines]) => assessGroup(cart, merchantId, lines, facts));
  return {
    cart,
    lines: new Map(groups.flatMap((group) => group.lines.map((assessed) => [assessed.line.id, assessed] as const))),
    groups,
    totals: sumTotals(groups.map((group) => group.totals)),
  };
}

export const groupsOf = (cart: CartDocument): [merchantId: string, lines: StoredLine[]][] => [...Map.groupBy(cart.lines, ({ merchantId }) => merchantId)];

function assessGroup(cart: CartDocument, merchantId: string, stored: readonly StoredLine[], facts: Facts): AssessedGroup {
  const { address, country, chosenId } = destinationOf(cart, merchantId);
  const lines = stored.map((line) => assessLine(cart, line, country, facts));
  const options = optionsFor(cart, merchantId, lines, facts.rates.get(merchantId) ?? [], facts.pickupPoints.get(merchantId) ?? []);
  const selected = selectedOption(options, chosenId, address !== null);
  const parcels = lines.filter(({ variant }) => variant !== null && isPhysical(variant));
  const totals = groupTotals(lines, { price: selected?.price ?? 0, delivers: parcels.length > 0 ? parcels : lines });
  return { cart, merchantId, lines, address, options, chosenId, selected, totals };
}

/** Where the goods of one merchant go, as far as the buyer has said. */
function destinationOf(cart: CartDocument, merchantId: string) {
  const delivery = cart.deliveries.find((entry) => entry.merchantId === merchantId);
  const address = delivery?.address ?? null;
  return { address, country: address?.countryCode ?? cart.countryCode, chosenId: delivery?.optionId ?? null };
}

/**
 * A line without a price still has one to show: the last one seen, if it was in this currency. It counts until it is
 * removed, so that the parts always sum to the whole; checkout is blocked by its issue.
 */
function assessLine(cart: CartDocument, line: StoredLine, country: string | null, { variants, discounts }: Facts): AssessedLine {
  const variant = variants.get(line.variantId) ?? null;
  const price = priceIn(variant, cart.currency);
  const unitPrice = price ?? (line.seen.currency === cart.currency ? line.seen.amount : 0);
  const amounts = lineAmounts({
    unitPrice,
    quantity: line.quantity,
    discount: discounts?.get(line.id) ?? 0,
    taxRateBps: taxRateOf(country, variant?.taxCategory ?? 'standard'),
  });
  return { ...amounts, line, variant, price, unitPrice };
}

/** What one group may choose from. Goods that are gone need no delivery. */
export function optionsFor(
  cart: CartDocument,
  merchantId: string,
  lines: readonly AssessedLine[],
  rates: readonly Rate[],
  places: readonly PickupPoint[],
): DeliveryOption[] {
  const goods = lines.flatMap(({ variant }) => (variant ? [variant] : []));
  const goodsTotal = lines.reduce((total, line) => total + line.total, 0);
  return deliveryOptions({ goods, country: destinationOf(cart, merchantId).country, currency: cart.currency, goodsTotal }, rates, places);
}

/**
 * Pick-up costs nothing and is never chosen for the buyer, so totals need its places only where one was chosen; and where
 * nothing can be shipped to the known destination, to tell whether there is any way at all.
 */
export const merchantsToAskForPickup = ({ groups }: Assessment): string[] => groups.filter(needsPickupPoints).map(({ merchantId }) => merchantId);

function needsPickupPoints({ cart, address, chosenId, options, lines }: AssessedGroup): boolean {
  if (pickupLocationOf(chosenId) !== null) return true;
  const isDestinationKnown = address !== null || cart.countryCode !== null;
  return isDestinationKnown && options.length === 0 && lines.some(({ variant }) => variant !== null);
}
