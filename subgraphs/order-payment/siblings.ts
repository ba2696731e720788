import type { Siblings } from '#platform/siblings.ts';

/** What this subgraph asks of the others while it carries out a mutation: prices, stock, merchants' terms. */

export interface QuotedTotals {
  subtotal: QuotedMoney;
  discount: QuotedMoney;
  shipping: QuotedMoney;
  tax: QuotedMoney;
  total: QuotedMoney;
}
interface QuotedMoney {
  amount: number;
  currency: string;
}

export interface QuotedAddress {
  recipientName: string;
  phone: string | null;
  company: string | null;
  countryCode: string;
  region: string | null;
  city: string;
  district: string | null;
  line1: string;
  line2: string | null;
  postalCode: string | null;
}

export interface QuotedDiscount {
  couponId: string;
  code: string;
  fundedBy: 'MERCHANT' | 'PLATFORM';
  amount: number;
}

export interface QuotedLine {
  lineId: string;
  variantId: string;
  productId: string;
  quantity: number;
  unitPrice: QuotedMoney;
  subtotal: QuotedMoney;
  discount: QuotedMoney;
  discounts: QuotedDiscount[];
  tax: QuotedMoney;
  total: QuotedMoney;
  title: string;
  variantTitle: string;
  sku: string;
  imageUrl: string | null;
  options: { name: string; value: string }[];
  requiresShipping: boolean;
  taxCategory: string;
  taxRateBps: number;
}

export interface QuotedGroup {
  merchantId: string;
  /** Null only beside a problem. */
  deliveryMode: 'SHIPPING' | 'PICKUP' | 'DIGITAL' | 'ON_SITE' | null;
  deliveryTitle: string | null;
  shippingAddress: QuotedAddress | null;
  pickupLocationId: string | null;
  totals: QuotedTotals;
  shippingDiscounts: QuotedDiscount[];
  lines: QuotedLine[];
}

/** Something that stands in the way of checking out, as the cart sees it. */
export interface QuoteProblem {
  code: string;
  lineId: string | null;
  variantId: string | null;
  merchantId: string | null;
  requested: number | null;
  available: number | null;
  couponCode: string | null;
  messageEn: string;
  messageZh: string;
}

/** What a locked cart costs, from fresh prices. */
export interface Quote {
  version: number;
  currency: string;
  totals: QuotedTotals;
  groups: QuotedGroup[];
  /** Of which a use is to be taken. */
  coupons: { couponId: string; merchantId: string | null }[];
  problems: QuoteProblem[];
}

export interface CartRefusal {
  code: 'NOT_FOUND' | 'VERSION_CONFLICT' | 'INVALID_STATE';
  currentVersion: number | null;
  currentState: string | null;
}

const TOTALS =
  'totals { subtotal { amount currency } discount { amount currency } shipping { amount currency } tax { amount currency } total { amount currency } }';
const DISCOUNT = '{ couponId code fundedBy amount }';
const CART_LOCK = `mutation CartLock($input: CartLockInput!) {
  cartLock(input: $input) {
    quote {
      version currency ${TOTALS} coupons { couponId merchantId }
      groups {
        merchantId deliveryMode deliveryTitle pickupLocationId ${TOTALS} shippingDiscounts ${DISCOUNT}
        shippingAddress { recipientName phone company countryCode region city district line1 line2 postalCode }
        lines {
          lineId variantId productId quantity title variantTitle sku imageUrl requiresShipping taxCategory taxRateBps options { name value }
          unitPrice { amount currency } subtotal { amount currency } discount { amount currency } tax { amount currency } total { amount currency }
          discounts ${DISCOUNT}
        }
      }
      problems { code lineId variantId merchantId requested available couponCode messageEn messageZh }
    }
    refusal { code currentVersion currentState }
  }
}`;

/** ACTIVE → CHECKING_OUT under the group's name, with a quote; repeatable. */
export async function lockCart(siblings: Siblings, input: { cartId: string; expectedVersion: number; groupId: string }) {
  const { cartLock } = await siblings.ask<{ cartLock: { quote: Quote | null; refusal: CartRefusal | null } }>('cart', CART_LOCK, { input });
  return cartLock;
}

/** CHECKING_OUT of this group → ACTIVE, and the coupon uses that it took are given back; repeatable. */
export const unlockCart = (siblings: Siblings, input: { cartId: string; groupId: string }) =>
  siblings.ask('cart', 'mutation CartUnlock($input: CartUnlockInput!) { cartUnlock(input: $input) { done } }', { input });

/** CHECKING_OUT of this group → ORDERED; repeatable. */
export const completeCart = (siblings: Siblings, input: { cartId: string; groupId: string }) =>
  siblings.ask('cart', 'mutation CartComplete($input: CartCompleteInput!) { cartComplete(input: $input) { done } }', { input });

/** Brings the caller's cart up to these quantities, as far as they can be had; repeatable. */
export async function reorderCart(siblings: Siblings, input: { currency: string; lines: readonly { variantId: string; quantity: number }[] }) {
  const query = 'mutation CartReorder($input: CartReorderInput!) { cartReorder(input: $input) { cartId skippedVariantIds refusedState } }';
  const { cartReorder } = await siblings.ask<{ cartReorder: { cartId: string | null; skippedVariantIds: string[]; refusedState: string | null } }>(
    'cart',
    query,
    {
      input,
    },
  );
  return cartReorder;
}

export interface RejectedCoupon {
  code: string;
  couponCode: string;
  messageEn: string;
  messageZh: string;
}

export interface CouponUses {
  /** That of the stock: the group's id, or that of its revival. */
  readonly reference: string;
  /** Null for an order that is revived: its cart was ordered long ago. */
  readonly cartId: string | null;
  readonly buyerId: string | null;
  readonly guestId: string | null;
  readonly couponIds: readonly string[];
}

/** One use of each coupon, all or none, once per reference: null, or the coupon of which there is none left. */
export async function useCoupons(siblings: Siblings, input: CouponUses): Promise<RejectedCoupon | null> {
  const query = 'mutation CouponsUse($input: CouponsUseInput!) { couponsUse(input: $input) { rejected { code couponCode messageEn messageZh } } }';
  return (await siblings.ask<{ couponsUse: { rejected: RejectedCoupon | null } }>('cart', query, { input })).couponsUse.rejected;
}

/** What is held under the reference (of these coupons; null: of all) is free again, once. */
export const giveBackCoupons = (siblings: Siblings, input: { reference: string; couponIds: readonly string[] | null }) =>
  siblings.ask('cart', 'mutation CouponsGiveBack($input: CouponsGiveBackInput!) { couponsGiveBack(input: $input) { done } }', { input });

export interface StockShortage {
  variantId: string;
  requested: number;
  available: number;
}
export interface ReserveLine {
  variantId: string;
  quantity: number;
  /** Null: from any of the merchant's locations. */
  locationId: string | null;
}

/** All lines or none, once per group id. */
export async function reserveStock(siblings: Siblings, input: { groupId: string; lines: readonly ReserveLine[] }) {
  const query = 'mutation StockReserve($input: StockReserveInput!) { stockReserve(input: $input) { reserved shortages { variantId requested available } } }';
  const { stockReserve } = await siblings.ask<{ stockReserve: { reserved: boolean; shortages: StockShortage[] } }>('product', query, { input });
  return stockReserve;
}

export interface StockLines {
  readonly reference: string;
  /** The reservation of which they are a part. */
  readonly groupId: string;
  /** Null: all that is still reserved. */
  readonly lines: readonly { variantId: string; quantity: number }[] | null;
}

/** Goods that should move did not: the group holds fewer, or fewer lie there than were promised. */
export class StockNotMovedError extends Error {
  constructor(move: string, { reference, groupId }: StockLines) {
    super(`${move} of ${reference}: not as many of ${groupId} are held, or lie there`);
    this.name = 'StockNotMovedError';
  }
}

async function moveStock(siblings: Siblings, query: string, input: StockLines): Promise<void> {
  const answer = await siblings.ask<Readonly<Record<string, { readonly done: boolean }>>>('product', query, { input });
  for (const [move, { done }] of Object.entries(answer)) if (!done) throw new StockNotMovedError(move, input);
}

/** Reserved goods become available again, once per reference. */
export const releaseStock = (siblings: Siblings, input: StockLines) =>
  moveStock(siblings, 'mutation StockRelease($input: StockReleaseInput!) { stockRelease(input: $input) { done } }', input);

/** Goods leave the house, once per reference. */
export const shipStock = (siblings: Siblings, input: StockLines) =>
  moveStock(siblings, 'mutation StockShip($input: StockShipInput!) { stockShip(input: $input) { done } }', input);

/** Returned goods are on the shelf again, once per reference. */
export const restockStock = (siblings: Siblings, input: StockLines) =>
  moveStock(siblings, 'mutation StockRestock($input: StockRestockInput!) { stockRestock(input: $input) { done } }', input);

/** Which of these pictures the caller has uploaded as evidence for a refund. */
export async function ownedEvidence(siblings: Siblings, ids: readonly string[]): Promise<Set<string>> {
  const query = 'query OwnedMedia($ids: [ID!]!) { ownedMedia(ids: $ids, purpose: REFUND_EVIDENCE) { id } }';
  const { ownedMedia } = await siblings.ask<{ ownedMedia: { id: string }[] }>('product', query, { ids });
  return new Set(ownedMedia.map(({ id }) => id));
}

/** Where each of these merchants takes goods back; those without an open place have none. */
export async function returnAddresses(siblings: Siblings, merchantIds: readonly string[]): Promise<{ merchantId: string; address: QuotedAddress }[]> {
  const query = `query ReturnAddresses($merchantIds: [ID!]!) { returnAddresses(merchantIds: $merchantIds) {
    merchantId address { recipientName phone company countryCode region city district line1 line2 postalCode }
  } }`;
  return (await siblings.ask<{ returnAddresses: { merchantId: string; address: QuotedAddress }[] }>('product', query, { merchantIds })).returnAddresses;
}

export interface TradingMerchant {
  id: string;
  name: string;
  status: string;
  refundPolicy: { windowDays: number; returnRequired: boolean; autoApproveAfterHours: number; text: string | null };
}

export async function askMerchants(siblings: Siblings, ids: readonly string[]): Promise<Map<string, TradingMerchant>> {
  const query =
    'query TradingMerchants($ids: [ID!]!) { tradingMerchants(ids: $ids) { id name status refundPolicy { windowDays returnRequired autoApproveAfterHours text } } }';
  const { tradingMerchants } = await siblings.ask<{ tradingMerchants: (TradingMerchant | null)[] }>('user', query, { ids });
  return new Map(tradingMerchants.flatMap((merchant) => (merchant ? [[merchant.id, merchant]] : [])));
}
