import { newId } from '#platform/entity.ts';
import { sum } from '#platform/money.ts';
import type { StoredAddress, StoredDiscount, StoredOrderEvent, StoredOrderLine, StoredTotals } from '../orders/entities.ts';
import type { Order, OrderGroup } from '../orders/sources.ts';
import type { Quote, QuotedAddress, QuotedDiscount, QuotedGroup, QuotedLine, QuotedTotals, TradingMerchant } from '../siblings.ts';
import type { CheckoutTerms } from './domain.ts';

/** Everything that the orders of a purchase are made from. */
export interface Purchase {
  readonly group: Pick<OrderGroup, 'id' | 'reservationId' | 'buyerId' | 'guestId' | 'currency' | 'expiresAt'>;
  readonly quote: Quote;
  readonly merchants: ReadonlyMap<string, TradingMerchant>;
  readonly terms: CheckoutTerms;
  readonly guestAccessHash: string | null;
  readonly placedAt: Date;
  readonly isPaid: boolean;
  readonly nextNumber: () => string;
}

export type PlacedOrder = Order & { readonly timeline: StoredOrderEvent[]; readonly shippingDiscounts: StoredDiscount[] | null };

/** One order per merchant, with copies of all that may change later; in the order in which a group's orders are read. */
export const ordersOf = (purchase: Purchase): PlacedOrder[] =>
  purchase.quote.groups.map((group) => orderOf(purchase, group)).sort((a, b) => (a.merchantId < b.merchantId ? -1 : 1));

function orderOf(purchase: Purchase, quoted: QuotedGroup): PlacedOrder {
  const { group, merchants, terms, placedAt, isPaid } = purchase;
  const merchant = merchants.get(quoted.merchantId);
  if (!merchant || quoted.deliveryMode === null) throw new Error(`the goods of ${quoted.merchantId} were quoted without a merchant or a delivery`);
  const entries = isPaid ? ['PLACED', 'PAID'] : ['PLACED'];
  return {
    id: newId('order'),
    groupId: group.id,
    number: purchase.nextNumber(),
    reservationId: group.reservationId,
    status: isPaid ? 'PAID' : 'PENDING_PAYMENT',
    paymentStatus: isPaid ? 'PAID' : 'UNPAID',
    fulfilmentStatus: quoted.lines.some(({ requiresShipping }) => requiresShipping) ? 'UNFULFILLED' : 'NOT_REQUIRED',
    version: 1,
    merchantId: merchant.id,
    merchantName: merchant.name,
    buyerId: group.buyerId,
    guestId: group.guestId,
    guestAccessHash: purchase.guestAccessHash,
    purchaseOrderNumber: terms.purchaseOrderNumber ?? null,
    currency: group.currency,
    totals: totalsOf(quoted.totals),
    lines: quoted.lines.map(lineOf),
    shippingDiscounts: discountsOf(quoted.shippingDiscounts),
    platformDiscount: platformShareOf(quoted),
    couponIds: couponsConcerning(merchant.id, purchase.quote),
    deliveryMode: quoted.deliveryMode,
    deliveryTitle: quoted.deliveryTitle,
    shippingAddress: quoted.shippingAddress && addressOf(quoted.shippingAddress),
    pickupLocationId: quoted.pickupLocationId,
    pickupCode: null,
    pickupTries: 0,
    refundPolicy: { ...merchant.refundPolicy },
    buyerNote: terms.notes?.find(({ merchantId }) => merchantId === merchant.id)?.note ?? null,
    refundPendingTotal: 0,
    refundedTotal: 0,
    refundPendingShipping: 0,
    refundedShipping: 0,
    timeline: entries.map((type) => ({ at: placedAt, type, actor: 'BUYER', data: [] })),
    placedAt,
    updatedAt: placedAt,
    paidAt: isPaid ? placedAt : null,
    paymentMethod: null,
    invoicedAt: null,
    expiresAt: group.expiresAt,
    deliveredAt: null,
    completedAt: null,
    autoCompleteAt: null,
  };
}

/** The platform's coupon concerns every order, whatever it took off it: it goes back when all of them are cancelled. */
function couponsConcerning(merchantId: string, { coupons }: Quote): string[] | null {
  const concerning = coupons.filter((coupon) => coupon.merchantId === null || coupon.merchantId === merchantId);
  return concerning.length > 0 ? concerning.map(({ couponId }) => couponId) : null;
}

const discountsOf = (discounts: readonly QuotedDiscount[]): StoredDiscount[] | null =>
  discounts.length > 0 ? discounts.map(({ couponId, code, fundedBy, amount }) => ({ couponId, code, fundedBy, amount })) : null;

const platformShareOf = ({ lines, shippingDiscounts }: QuotedGroup): number =>
  amountOf([...lines.flatMap(({ discounts }) => discounts), ...shippingDiscounts].filter(({ fundedBy }) => fundedBy === 'PLATFORM'));

const amountOf = (discounts: readonly QuotedDiscount[]): number => sum(discounts.map(({ amount }) => amount));

function lineOf(line: QuotedLine): StoredOrderLine {
  const discounts = discountsOf(line.discounts);
  const { variantId, productId, quantity, title, variantTitle, sku, imageUrl, requiresShipping, taxCategory, taxRateBps } = line;
  return {
    id: newId('oline'),
    variantId,
    productId,
    quantity,
    unitPrice: line.unitPrice.amount,
    subtotal: line.subtotal.amount,
    discount: line.discount.amount,
    ...(discounts && { discounts }),
    tax: line.tax.amount,
    total: line.total.amount,
    title,
    variantTitle,
    sku,
    imageUrl,
    options: line.options.map(({ name, value }) => ({ name, value })),
    requiresShipping,
    taxCategory,
    taxRateBps,
    ...UNTOUCHED,
  };
}

/** Of a line of which nothing was shipped or paid back. */
export const UNTOUCHED = {
  shippedQuantity: 0,
  releasedQuantity: 0,
  refundPendingQuantity: 0,
  refundedQuantity: 0,
  refundPendingAmount: 0,
  refundedAmount: 0,
};

export const totalsOf = ({ subtotal, discount, shipping, tax, total }: QuotedTotals): StoredTotals => ({
  subtotal: subtotal.amount,
  discount: discount.amount,
  shipping: shipping.amount,
  tax: tax.amount,
  total: total.amount,
});

const addressOf = ({ recipientName, phone, company, countryCode, region, city, district, line1, line2, postalCode }: QuotedAddress): StoredAddress => ({
  recipientName,
  phone,
  company,
  countryCode,
  region,
  city,
  district,
  line1,
  line2,
  postalCode,
});

/** No order is written whose parts do not sum to the whole: such a quote is a bug, and would become a wrong book. */
export function refuseWrongSums({ totals, groups }: Quote): void {
  const isRight =
    sum(groups.map((group) => group.totals.total.amount)) === totals.total.amount &&
    groups.every((group) => sum(group.lines.map((line) => line.total.amount)) + group.totals.shipping.amount === group.totals.total.amount) &&
    groups.every(({ lines }) => lines.every(({ discount, discounts }) => amountOf(discounts) === discount.amount));
  if (!isRight) throw new Error('the parts of a quote do not sum to its total');
}
