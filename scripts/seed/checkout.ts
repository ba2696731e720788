import { assess } from '../../subgraphs/cart/carts/assessment.ts';
import type { CartDocument } from '../../subgraphs/cart/carts/entities.ts';
import { ownerOfUser } from '../../subgraphs/cart/carts/owner.ts';
import type { Coupon } from '../../subgraphs/cart/coupons/domain.ts';
import { quoteOf } from '../../subgraphs/cart/checkout/quote.ts';
import type { SellableVariant } from '../../subgraphs/cart/siblings.ts';
import { ordersOf, type PlacedOrder, refuseWrongSums, totalsOf } from '../../subgraphs/order-payment/checkout/snapshots.ts';
import type { OrderGroup } from '../../subgraphs/order-payment/orders/entities.ts';
import { NUMBERS_PER_DAY, orderNumber } from '../../subgraphs/order-payment/orders/number.ts';
import type { TradingMerchant } from '../../subgraphs/order-payment/siblings.ts';
import { UNLIMITED } from '../../subgraphs/product/inventory/domain.ts';
import { mediaUrl } from '../../subgraphs/product/media/domain.ts';
import { textIn } from '../../subgraphs/product/texts.ts';
import type { DemoBuyer } from './buyers.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { enteredFor } from './coupons.ts';
import type { Demo, Stored } from './documents.ts';
import { demoId } from './ids.ts';
import type { DemoMerchant } from './merchants.ts';
import { mediaOf } from './pictures.ts';
import type { Goods, GroupDraft } from './purchases.ts';
import { at } from './random.ts';

/** A purchase as a checkout leaves it, with the cart it came from; its orders go on to live. */
export interface PlacedGroup {
  readonly cart: CartDocument;
  readonly group: Stored<OrderGroup>;
  /** In the order of the draft's. */
  readonly orders: readonly PlacedOrder[];
}

/** Every variant may be ordered as the product subgraph tells of it, in the buyer's language. */
export const sellableOf = ({ config }: Demo, { product, variant }: Goods, locale: string): SellableVariant => ({
  variantId: variant.id,
  productId: product.id,
  merchantId: variant.merchant.id,
  title: textIn({ ...product.title }, locale),
  variantTitle: variant.selectedOptions.map(({ value }) => value).join(' / ') || null,
  sku: variant.sku,
  imageUrl: mediaUrl(config.publicUrl, at(mediaOf(product.noun, product.number), 0).id),
  options: [...variant.selectedOptions],
  prices: variant.prices.map(({ amount, currency }) => ({ amount, currency })),
  taxCategory: product.noun.tax,
  requiresShipping: variant.merchant.words.sells !== 'DIGITAL',
  isSellable: true,
  available: UNLIMITED,
  minimum: 1,
  maximum: null,
  increment: 1,
  fulfilmentModes: [...variant.merchant.words.modes],
});

const SHOPPED = 25 * MINUTE;

/** What a buyer has put into a cart, each merchant's part with its delivery. */
export interface CartDraft {
  readonly id: string;
  readonly age: number;
  readonly lines: readonly { readonly goods: Goods; readonly quantity: number }[];
  /** By merchant: the chosen option. */
  readonly choices: ReadonlyMap<string, string | null>;
  readonly coupons?: readonly Coupon[];
}

export function cartOf({ calendar }: Demo, buyer: DemoBuyer, { id, age, lines, choices, coupons = [] }: CartDraft): CartDocument {
  const { currency, code } = buyer.country;
  const { postalAddress } = at(buyer.addresses, 0);
  return {
    _id: id,
    createdAt: calendar.before(age + SHOPPED),
    updatedAt: calendar.before(age),
    ...ownerOfUser(buyer.id),
    state: 'ACTIVE',
    version: lines.length + 2 * choices.size + coupons.length,
    currency,
    currencyChosen: false,
    countryCode: code,
    lines: lines.map(({ goods: { product, variant }, quantity }, index) => ({
      id: demoId('cartline', age + SHOPPED - index, `${id} ${index}`),
      position: index + 1,
      variantId: variant.id,
      productId: product.id,
      merchantId: variant.merchant.id,
      quantity,
      seen: { amount: priceOf(variant.prices, currency), currency },
      reducedFrom: null,
      addedAt: calendar.before(age + SHOPPED - index * MINUTE),
    })),
    deliveries: [...choices].map(([merchantId, optionId]) => ({ merchantId, optionId, address: optionId?.startsWith('ship:') ? { ...postalAddress } : null })),
    coupons: coupons.map(({ id: couponId, code: entered, merchantId }) => ({ couponId, code: entered, merchantId })),
    groupId: null,
    releasedGroups: [],
    appliedKeys: [],
    expiresAt: null,
  };
}

function priceOf(prices: readonly { readonly amount: number; readonly currency: string }[], currency: string): number {
  const price = prices.find((candidate) => candidate.currency === currency);
  if (!price) throw new Error(`a demo variant has no price in ${currency}`);
  return price.amount;
}

/** Unpaid demo orders wait for weeks, so that there are some to pay. */
const WAITS = 30 * DAY;

/** Prices the purchase by the functions that a real checkout is priced by. */
export function placed(demo: Demo, draft: GroupDraft, goodsOf: (variantId: string) => Goods): PlacedGroup {
  const { calendar, config } = demo;
  const { id: groupId, buyer, orders, age } = draft;
  const { currency, locale } = buyer.country;
  const lines = orders.flatMap((order) => order.lines.map(({ variant, quantity }) => ({ goods: goodsOf(variant.id), quantity })));
  const merchants = orders.map(({ merchant }) => merchant);
  const coupons = enteredFor(draft);
  const open = cartOf(demo, buyer, {
    id: demoId('cart', age + HOUR, draft.number),
    age,
    lines,
    choices: new Map(orders.map(({ merchant, delivery }) => [merchant.id, delivery.optionId])),
    coupons,
  });
  const assessment = assess(open, {
    variants: new Map(lines.map(({ goods }) => [goods.variant.id, sellableOf(demo, goods, locale)])),
    rates: new Map(merchants.map(({ id, rates }) => [id, rates])),
    pickupPoints: new Map(merchants.map((merchant) => [merchant.id, placesOf(merchant)])),
    coupons: { now: calendar.before(age), byId: new Map(coupons.map((coupon) => [coupon.id, coupon])), usesByBuyer: new Map() },
  });
  const quote = quoteOf(assessment, locale);
  refuseWrongSums(quote);
  const placedAt = calendar.before(age);
  const isPending = orders.some(({ fate }) => fate === 'PENDING');
  const expiresAt = isPending ? new Date(calendar.now.getTime() + WAITS) : new Date(placedAt.getTime() + config.ORDER_EXPIRY_SECONDS * 1000);
  const buyers = { buyerId: buyer.id, guestId: null };
  const group: Stored<OrderGroup> = {
    _id: groupId,
    createdAt: placedAt,
    status: 'PENDING_PAYMENT',
    version: 2,
    cartId: open._id,
    cartVersion: open.version,
    idempotencyKey: null,
    reservationId: groupId,
    ...buyers,
    email: null,
    currency,
    totals: totalsOf(quote.totals),
    couponUses: quote.coupons.length > 0 ? quote.coupons : null,
    billingAddress: null,
    paymentId: null,
    placedAt,
    paidAt: null,
    expiresAt,
  };
  const numbers = orders.map(({ number }) => number).values();
  const made = ordersOf({
    group: { id: groupId, reservationId: groupId, ...buyers, currency, expiresAt },
    quote,
    merchants: new Map(merchants.map((merchant) => [merchant.id, termsOf(merchant, locale)])),
    terms: { cartId: open._id, cartVersion: open.version, expectedTotal: { amount: quote.totals.total.amount, currency } },
    guestAccessHash: null,
    placedAt,
    isPaid: false,
    nextNumber: () => orderNumber(placedAt, scattered(numbers.next().value ?? 0)),
  });
  return {
    cart: { ...open, state: 'ORDERED', groupId },
    group,
    orders: orders.map((order) =>
      named(
        made.find(({ merchantId }) => merchantId === order.merchant.id),
        order,
        age,
      ),
    ),
  };
}

/** With ids that are the same at every run. */
function named(order: PlacedOrder | undefined, { id, number }: { id: string; number: number }, age: number): PlacedOrder {
  if (!order) throw new Error(`the purchase ${number} lacks an order`);
  return { ...order, id, lines: order.lines.map((line, index) => ({ ...line, id: demoId('oline', age - index, `${number} ${index}`) })) };
}

const placesOf = ({ id: merchantId, words, locationIds }: DemoMerchant) =>
  words.places.flatMap(({ name, offersPickup }, index) =>
    offersPickup ? [{ locationId: at(locationIds, index), merchantId, name, address: { countryCode: words.country } }] : [],
  );

const termsOf = ({ id, name, words: { policy } }: DemoMerchant, locale: string): TradingMerchant => ({
  id,
  name,
  status: 'ACTIVE',
  refundPolicy: {
    windowDays: policy.windowDays,
    returnRequired: policy.returnRequired,
    autoApproveAfterHours: policy.autoApproveAfterHours,
    text: textIn({ ...policy.text }, locale),
  },
});

/** An odd factor: no two numbers below the limit, which is a power of two, meet. */
export const scattered = (number: number): number => Number((BigInt(number) * 2654435761n + 12345n) % BigInt(NUMBERS_PER_DAY));
