import type { Text } from '#platform/errors.ts';
import { isPhysical } from '../shipping/domain.ts';
import type { AssessedCoupon, AssessedGroup, AssessedLine, Assessment } from './assessment.ts';
import { largestAllowed, quantityProblem, type StoredLine } from './domain.ts';
import type { CartIssue, CouponIssue, LiveVariant, StockIssue, UnavailableIssue } from './sources.ts';

/** Everything that would make checkout fail or change the price: line by line, group by group, coupon by coupon. */
export const issuesOf = ({ groups, coupons }: Assessment): CartIssue[] => [
  ...groups.flatMap(({ cart, lines }) => lines.flatMap((line) => lineIssues(line, cart.currency))),
  ...groups.flatMap(deliveryIssues),
  ...coupons.flatMap(couponIssues),
];

export const blockingIssuesOf = (assessment: Assessment): CartIssue[] => issuesOf(assessment).filter(({ blocking }) => blocking);

export function lineIssues({ line, variant, price }: AssessedLine, currency: string, live: LiveVariant | null = null): CartIssue[] {
  const current = live && live.price.currency === currency ? live.price.amount : price;
  // Not for sale although there is stock: withdrawn. Without stock it says no more than the count does.
  const isWithdrawn = live !== null && (!live.isActive || (!live.availableForSale && (variant?.available ?? 0) > 0));
  if (!variant?.isSellable || isWithdrawn) return [unavailable(line, 'PRODUCT_UNAVAILABLE', UNAVAILABLE)];
  if (current === null) return [unavailable(line, 'NO_PRICE_IN_CURRENCY', noPrice(currency))];
  return [...priceIssues(line, current, currency), ...quantityIssues(line, variant)];
}

const UNAVAILABLE: Text = { en: 'This product can no longer be bought; remove it to go on.', zh: '该商品已无法购买，请移除后继续。' };
const noPrice = (currency: string): Text => ({
  en: `This product is not sold in ${currency}; remove it, or change the cart's currency.`,
  zh: `该商品不以 ${currency} 销售，请移除或更改购物车币种。`,
});
const unavailable = (line: StoredLine, code: string, message: Text): UnavailableIssue => ({
  __typename: 'UnavailableIssue',
  code,
  message,
  lineId: line.id,
  blocking: true,
});

function priceIssues(line: StoredLine, current: number, currency: string): CartIssue[] {
  if (line.seen.amount === current && line.seen.currency === currency) return [];
  const rose = line.seen.currency !== currency || current > line.seen.amount;
  return [
    {
      __typename: 'PriceChangedIssue',
      code: 'PRICE_CHANGED',
      message: rose
        ? { en: 'The price has changed since you added this.', zh: '该商品加入购物车后价格已变动。' }
        : { en: 'The price has fallen since you added this.', zh: '该商品加入购物车后已降价。' },
      lineId: line.id,
      blocking: false,
      seen: line.seen,
      current: { amount: current, currency },
    },
  ];
}

function quantityIssues(line: StoredLine, variant: NonNullable<AssessedLine['variant']>): CartIssue[] {
  const { quantity, reducedFrom } = line;
  const issue = (code: string, blocking: boolean, requested: number, available: number, message: Text): StockIssue => ({
    __typename: 'StockIssue',
    code,
    message,
    lineId: line.id,
    blocking,
    requested,
    available,
  });
  if (variant.available < quantity) {
    const left = Math.max(0, variant.available);
    const message =
      left > 0
        ? { en: `Only ${left} left of ${quantity}.`, zh: `库存仅剩 ${left} 件（需要 ${quantity} 件）。` }
        : { en: 'This is out of stock.', zh: '该商品已售罄。' };
    return [issue('INSUFFICIENT_STOCK', true, quantity, left, message)];
  }
  const problem = quantityProblem(quantity, variant);
  if (problem) return [issue('QUANTITY_NOT_ALLOWED', true, quantity, largestAllowed(Math.min(quantity, variant.available), variant), problem)];
  if (reducedFrom === null) return [];
  return [
    issue('QUANTITY_REDUCED', false, reducedFrom, quantity, {
      en: `Lowered from ${reducedFrom} to ${quantity}: more cannot be had.`,
      zh: `数量已由 ${reducedFrom} 调整为 ${quantity}：无法提供更多。`,
    }),
  ];
}

/** A coupon that counts no more is never dropped in silence: the buyer would pay more than he was shown. */
const couponIssues = ({ code: couponCode, objection }: AssessedCoupon): CouponIssue[] =>
  objection === null ? [] : [{ __typename: 'CouponIssue', code: objection.code, message: objection.message, lineId: null, blocking: true, couponCode }];

const DELIVERY_TEXTS = {
  DELIVERY_IMPOSSIBLE: {
    en: 'This merchant does not deliver there, and has no pick-up point for these goods.',
    zh: '该商家不配送至此地区，且这些商品没有自提点。',
  },
  DELIVERY_OPTION_UNAVAILABLE: { en: 'The chosen delivery is no longer offered; choose another.', zh: '所选配送方式已不可用，请重新选择。' },
  DELIVERY_ADDRESS_MISSING: { en: 'Tell where to deliver to, or choose a pick-up point.', zh: '请填写收货地址或选择自提点。' },
  DELIVERY_OPTION_MISSING: { en: 'Choose how to get these goods.', zh: '请选择配送方式。' },
} as const satisfies Record<string, Text>;

function deliveryIssues(group: AssessedGroup): CartIssue[] {
  const code = deliveryProblem(group);
  if (!code) return [];
  return [{ __typename: 'DeliveryIssue', code, message: DELIVERY_TEXTS[code], lineId: null, blocking: true, merchantId: group.merchantId }];
}

function deliveryProblem({ cart, lines, address, options, chosenId, selected }: AssessedGroup): keyof typeof DELIVERY_TEXTS | null {
  if (!lines.some(({ variant }) => variant !== null && isPhysical(variant))) return null;
  if (selected) return selected.mode === 'SHIPPING' && address === null ? 'DELIVERY_ADDRESS_MISSING' : null;
  if (chosenId !== null && options.length > 0) return 'DELIVERY_OPTION_UNAVAILABLE';
  if (options.length > 0) return address === null ? 'DELIVERY_ADDRESS_MISSING' : 'DELIVERY_OPTION_MISSING';
  return address === null && cart.countryCode === null ? 'DELIVERY_ADDRESS_MISSING' : 'DELIVERY_IMPOSSIBLE';
}
