import { money } from '#platform/money.ts';
import type { AssessedGroup, AssessedLine, Assessment } from '../carts/assessment.ts';
import { blockingIssuesOf } from '../carts/issues.ts';
import type { CartIssue } from '../carts/sources.ts';
import { totalsIn } from '../carts/totals.ts';
import { isPhysical, pickupLocationOf } from '../shipping/domain.ts';

/** What an order is made from: the assessment that the buyer saw, with the texts that an order keeps. */
export function quoteOf(assessment: Assessment, locale: string) {
  const { cart, groups, coupons, totals } = assessment;
  return {
    cartId: cart._id,
    version: cart.version,
    currency: cart.currency,
    countryCode: cart.countryCode,
    totals: totalsIn(cart.currency, totals),
    groups: groups.map((group) => quotedGroup(group, locale)),
    coupons: coupons.filter(({ amount }) => amount > 0).map(({ couponId, merchantId }) => ({ couponId, merchantId })),
    problems: problemsOf(assessment),
  };
}

function quotedGroup({ cart, merchantId, lines, address, selected, shippingDiscounts, totals }: AssessedGroup, locale: string) {
  return {
    merchantId,
    deliveryMode: selected?.mode ?? null,
    deliveryTitle: selected && selected.title[locale.startsWith('zh') ? 'zh' : 'en'],
    shippingAddress: selected?.mode === 'SHIPPING' ? address : null,
    pickupLocationId: pickupLocationOf(selected?.id ?? null),
    totals: totalsIn(cart.currency, totals),
    shippingDiscounts: [...shippingDiscounts],
    lines: lines.map((line) => quotedLine(line, cart.currency)),
  };
}

function quotedLine({ line, variant, unitPrice, subtotal, discount, discounts, tax, taxRateBps, total }: AssessedLine, currency: string) {
  return {
    lineId: line.id,
    variantId: line.variantId,
    productId: line.productId,
    quantity: line.quantity,
    unitPrice: money(unitPrice, currency),
    subtotal: money(subtotal, currency),
    discount: money(discount, currency),
    discounts: [...discounts],
    tax: money(tax, currency),
    total: money(total, currency),
    title: variant?.title ?? '',
    variantTitle: variant?.variantTitle ?? '',
    sku: variant?.sku ?? '',
    imageUrl: variant?.imageUrl ?? null,
    options: variant ? [...variant.options] : [],
    requiresShipping: variant !== null && isPhysical(variant),
    taxCategory: variant?.taxCategory ?? 'standard',
    taxRateBps,
  };
}

interface Problem {
  readonly code: string;
  readonly lineId: string | null;
  readonly variantId: string | null;
  readonly merchantId: string | null;
  readonly requested: number | null;
  readonly available: number | null;
  readonly couponCode: string | null;
  readonly messageEn: string;
  readonly messageZh: string;
}

function problemsOf(assessment: Assessment): Problem[] {
  if (assessment.cart.lines.length === 0) return [EMPTY];
  return blockingIssuesOf(assessment).map((issue) => problemOf(issue, assessment));
}

const EMPTY: Problem = {
  code: 'CART_EMPTY',
  lineId: null,
  variantId: null,
  merchantId: null,
  requested: null,
  available: null,
  couponCode: null,
  messageEn: 'The cart is empty.',
  messageZh: '购物车为空。',
};

function problemOf(issue: CartIssue, { lines }: Assessment): Problem {
  const line = issue.lineId === null ? undefined : lines.get(issue.lineId)?.line;
  const isStock = issue.__typename === 'StockIssue';
  return {
    code: issue.code,
    lineId: issue.lineId,
    variantId: line?.variantId ?? null,
    merchantId: issue.__typename === 'DeliveryIssue' ? issue.merchantId : (line?.merchantId ?? null),
    requested: isStock ? issue.requested : null,
    available: isStock ? issue.available : null,
    couponCode: issue.__typename === 'CouponIssue' ? issue.couponCode : null,
    messageEn: issue.message.en,
    messageZh: issue.message.zh,
  };
}
