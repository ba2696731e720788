import { minorUnits, sum } from '#platform/money.ts';
import { type Coupon, type Objection, objectionTo } from '../coupons/domain.ts';
import { type Discount, discountGoods, discountShipping, totalOf } from '../coupons/discounts.ts';
import { groupTotals, type LineAmounts, lineAmounts, sumTotals, type Totals, taxRateOf } from '../pricing/domain.ts';
import type { TaxTable } from '../pricing/tax-rates.ts';
import { type DeliveryOption, deliveryOptions, isPhysical, pickupLocationOf, type PostalAddress, type Rate, selectedOption } from '../shipping/domain.ts';
import type { PickupPoint, SellableVariant } from '../siblings.ts';
import { priceIn, type StoredLine } from './domain.ts';
import { type CartDocument, couponsOf, type StoredCoupon } from './entities.ts';

/** What a cart is judged by, as it is now. */
export interface Facts {
  readonly variants: ReadonlyMap<string, SellableVariant>;
  readonly rates: ReadonlyMap<string, readonly Rate[]>;
  /** Of the merchants for which it matters: see `merchantsToAskForPickup`. */
  readonly pickupPoints: ReadonlyMap<string, readonly PickupPoint[]>;
  /** Of countries whose rates are not the built-in ones. */
  readonly taxTable?: TaxTable;
  /** Where a cart has any. */
  readonly coupons?: CouponFacts;
}

export interface CouponFacts {
  readonly now: Date;
  readonly byId: ReadonlyMap<string, Coupon>;
  /** How often the cart's owner has used a coupon that is limited per user. */
  readonly usesByBuyer: ReadonlyMap<string, number>;
}

export interface AssessedLine extends LineAmounts {
  readonly line: StoredLine;
  readonly variant: SellableVariant | null;
  /** Null when there is none in the cart's currency. */
  readonly price: number | null;
  readonly unitPrice: number;
  readonly discounts: readonly Discount[];
}

export interface AssessedGroup {
  readonly cart: CartDocument;
  readonly merchantId: string;
  readonly lines: readonly AssessedLine[];
  readonly address: PostalAddress | null;
  readonly options: readonly DeliveryOption[];
  readonly chosenId: string | null;
  readonly selected: DeliveryOption | null;
  readonly shippingDiscounts: readonly Discount[];
  readonly totals: Totals;
}

export interface AssessedCoupon extends StoredCoupon {
  /** Why it takes nothing off; null when it counts. */
  readonly objection: Objection | null;
  /** Off goods and delivery together. */
  readonly amount: number;
}

export interface Assessment {
  readonly cart: CartDocument;
  readonly lines: ReadonlyMap<string, AssessedLine>;
  readonly groups: readonly AssessedGroup[];
  readonly coupons: readonly AssessedCoupon[];
  readonly totals: Totals;
}

/** Prices a cart: the one computation behind what the buyer sees and what checkout takes. */
export function assess(cart: CartDocument, facts: Facts): Assessment {
  const priced = groupsOf(cart).map(([merchantId, stored]) => ({ merchantId, lines: stored.map((line) => priceLine(cart, line, facts)) }));
  const judged = couponsOf(cart).map((stored) => judge(cart, stored, priced, facts.coupons));
  const counting = judged.flatMap(({ coupon, objection }) => (coupon && objection === null ? [coupon] : []));
  const placed = withGoodsDiscounts(counting, priced).map(({ merchantId, lines }) => placeGroup(cart, merchantId, lines, facts));
  const groups = withShippingDiscounts(counting, placed);
  return {
    cart,
    lines: new Map(groups.flatMap((group) => group.lines.map((assessed) => [assessed.line.id, assessed] as const))),
    groups,
    coupons: judged.map(({ coupon: _coupon, ...entry }) => ({ ...entry, amount: takenBy(entry.couponId, groups) })),
    totals: sumTotals(groups.map((group) => group.totals)),
  };
}

export const groupsOf = (cart: CartDocument): [merchantId: string, lines: StoredLine[]][] => [...Map.groupBy(cart.lines, ({ merchantId }) => merchantId)];

interface PricedGroup {
  readonly merchantId: string;
  readonly lines: readonly PricedLine[];
}

interface PricedLine extends Pick<AssessedLine, 'line' | 'variant' | 'price' | 'unitPrice' | 'subtotal'> {}

/**
 * A line without a price still has one to show: the last one seen, if it was in this currency. It counts until it is
 * removed, so that the parts always sum to the whole; checkout is blocked by its issue.
 */
function priceLine(cart: CartDocument, line: StoredLine, { variants }: Facts): PricedLine {
  const variant = variants.get(line.variantId) ?? null;
  const price = priceIn(variant, cart.currency);
  const unitPrice = price ?? (line.seen.currency === cart.currency ? line.seen.amount : 0);
  return { line, variant, price, unitPrice, subtotal: minorUnits(unitPrice * line.quantity) };
}

/** Whether a coupon of the cart counts. One that was thrown away since is as good as disabled. */
function judge(cart: CartDocument, stored: StoredCoupon, groups: readonly PricedGroup[], facts: CouponFacts | undefined) {
  const coupon = facts?.byId.get(stored.couponId) ?? null;
  const objection = objectionOf(cart.currency, coupon, groups, facts ?? NO_COUPONS);
  return { ...stored, coupon, objection };
}

const NO_COUPONS: CouponFacts = { now: new Date(0), byId: new Map(), usesByBuyer: new Map() };

/** Judged by the goods that it is for, before any coupon. */
export function objectionOf(currency: string, coupon: Coupon | null, groups: readonly PricedGroup[], { now, usesByBuyer }: CouponFacts): Objection | null {
  const goods = groups.filter(({ merchantId }) => coupon?.merchantId == null || coupon.merchantId === merchantId).flatMap(({ lines }) => lines);
  const subtotal = sum(goods.map((line) => line.subtotal));
  return objectionTo(coupon, { currency, now, subtotal, hasGoods: goods.length > 0, usesByBuyer: usesByBuyer.get(coupon?.id ?? '') ?? 0 });
}

const NO_DISCOUNTS: readonly Discount[] = [];

interface DiscountedGroup {
  readonly merchantId: string;
  readonly lines: readonly (PricedLine & { readonly discounts: readonly Discount[] })[];
}

function withGoodsDiscounts(coupons: readonly Coupon[], groups: readonly PricedGroup[]): DiscountedGroup[] {
  const parts = groups.flatMap(({ merchantId, lines }) => lines.map(({ subtotal }) => ({ merchantId, amount: subtotal })));
  const discounts = coupons.length === 0 ? [] : discountGoods(coupons, parts);
  let index = 0;
  return groups.map(({ merchantId, lines }) => ({
    merchantId,
    lines: lines.map((line) => ({ ...line, discounts: discounts[index++] ?? NO_DISCOUNTS })),
  }));
}

type PlacedGroup = Omit<AssessedGroup, 'shippingDiscounts' | 'totals'>;

/** Delivery is chosen, and priced, by what the goods cost after their coupons. */
function placeGroup(cart: CartDocument, merchantId: string, discounted: DiscountedGroup['lines'], facts: Facts): PlacedGroup {
  const { address, country, chosenId } = destinationOf(cart, merchantId);
  const points = facts.pickupPoints.get(merchantId) ?? [];
  // What is picked up is handed over where the shop is, wherever the buyer says to be.
  const shop = points.find(({ locationId }) => locationId === pickupLocationOf(chosenId));
  const lines = discounted.map((line) => taxLine(line, shop?.address.countryCode ?? country, facts.taxTable));
  const options = optionsFor(cart, merchantId, lines, facts.rates.get(merchantId) ?? [], points);
  return { cart, merchantId, lines, address, options, chosenId, selected: selectedOption(options, chosenId, address !== null) };
}

function taxLine(line: DiscountedGroup['lines'][number], country: string | null, taxTable: TaxTable | undefined): AssessedLine {
  const taxRateBps = taxRateOf(country, line.variant?.taxCategory ?? 'standard', taxTable);
  return { ...line, ...lineAmounts({ unitPrice: line.unitPrice, quantity: line.line.quantity, discount: totalOf(line.discounts), taxRateBps }) };
}

function withShippingDiscounts(coupons: readonly Coupon[], groups: readonly PlacedGroup[]): AssessedGroup[] {
  const parts = groups.map(({ merchantId, selected }) => ({ merchantId, amount: selected?.price ?? 0 }));
  const discounts = coupons.length === 0 ? [] : discountShipping(coupons, parts);
  return groups.map((group, index) => {
    const shippingDiscounts = discounts[index] ?? NO_DISCOUNTS;
    const parcels = group.lines.filter(({ variant }) => variant !== null && isPhysical(variant));
    const price = (parts[index]?.amount ?? 0) - totalOf(shippingDiscounts);
    const totals = groupTotals(group.lines, { price, delivers: parcels.length > 0 ? parcels : group.lines });
    return { ...group, shippingDiscounts, totals };
  });
}

const takenBy = (couponId: string, groups: readonly AssessedGroup[]): number =>
  totalOf(
    groups
      .flatMap(({ lines, shippingDiscounts }) => [...lines.flatMap((line) => line.discounts), ...shippingDiscounts])
      .filter((discount) => discount.couponId === couponId),
  );

/** Where the goods of one merchant go, as far as the buyer has said. */
function destinationOf(cart: CartDocument, merchantId: string) {
  const delivery = cart.deliveries.find((entry) => entry.merchantId === merchantId);
  const address = delivery?.address ?? null;
  return { address, country: address?.countryCode ?? cart.countryCode, chosenId: delivery?.optionId ?? null };
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
