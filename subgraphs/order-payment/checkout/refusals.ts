import { invalidStateError, notFoundError, type Text, type UserErrorData, userError, validationError, versionConflictError } from '#platform/errors.ts';
import { decimalOf, type Money } from '#platform/money.ts';
import type { CartRefusal, Quote, QuoteProblem, RejectedCoupon, StockShortage, TradingMerchant } from '../siblings.ts';
import type { CheckoutTerms } from './domain.ts';

const CART_PATH = ['input', 'cartId'];

/** Why the cart could not be locked. */
export function cartRefused({ code, currentVersion, currentState }: CartRefusal): UserErrorData {
  const reasons = {
    NOT_FOUND: () => notFoundError(CART_PATH, { en: 'The cart', zh: '购物车' }),
    VERSION_CONFLICT: () => versionConflictError(['input', 'cartVersion'], currentVersion ?? 0),
    INVALID_STATE: () => invalidStateError(CART_PATH, currentState ?? 'CHECKING_OUT', ['ACTIVE']),
  };
  return reasons[code]();
}

/** Everything in a quote that stands against placing the order. What cannot be sold comes before what it costs. */
export function objectionsTo(quote: Quote, merchants: ReadonlyMap<string, TradingMerchant>, terms: CheckoutTerms): UserErrorData[] {
  const closed = new Set(quote.groups.map(({ merchantId }) => merchantId).filter((id) => merchants.get(id)?.status !== 'ACTIVE'));
  const problems = quote.problems.filter(({ merchantId }) => merchantId === null || !closed.has(merchantId));
  const objections = [...[...closed].map(merchantUnavailable), ...problems.map(problemError), ...strayNotes(quote, terms)];
  if (objections.length > 0) return objections;
  if (quote.groups.length === 0) return [validationError(CART_PATH, CART_EMPTY, 'CART_EMPTY')];
  const { total } = quote.totals;
  const { expectedTotal } = terms;
  return total.amount === expectedTotal.amount && total.currency === expectedTotal.currency ? [] : [totalChanged(expectedTotal, total, quote.version)];
}

const CART_EMPTY: Text = { en: 'The cart is empty; add something first.', zh: '购物车为空，请先添加商品。' };
const NOT_IN_CART: Text = { en: 'The cart holds nothing of this merchant.', zh: '购物车中没有该商家的商品。' };

const strayNotes = (quote: Quote, { notes }: CheckoutTerms): UserErrorData[] =>
  (notes ?? []).flatMap(({ merchantId }, index) =>
    quote.groups.some((group) => group.merchantId === merchantId) ? [] : [validationError(['input', 'notes', index, 'merchantId'], NOT_IN_CART)],
  );

const merchantUnavailable = (merchantId: string): UserErrorData =>
  userError(
    'MerchantUnavailableError',
    'MERCHANT_UNAVAILABLE',
    CART_PATH,
    { en: 'A merchant in the cart does not sell at present; remove its goods to go on.', zh: '购物车中有商家暂停营业，请移除其商品后继续。' },
    { merchantId },
  );

const totalChanged = (expected: Money, current: Money, currentCartVersion: number): UserErrorData =>
  userError(
    'TotalChangedError',
    'TOTAL_CHANGED',
    ['input', 'expectedTotal'],
    {
      en: `The total is now ${decimalOf(current)} ${current.currency}; look at the cart again before ordering.`,
      zh: `总价已变为 ${decimalOf(current)} ${current.currency}，请确认购物车后再下单。`,
    },
    { expected: { amount: expected.amount, currency: expected.currency }, current: { amount: current.amount, currency: current.currency }, currentCartVersion },
  );

/** A line that cannot be sold, a delivery that is not settled, or a coupon that counts no more, in the cart's own words. */
function problemError({ code, variantId, requested, available, couponCode, messageEn, messageZh }: QuoteProblem): UserErrorData {
  const message = { en: messageEn, zh: messageZh };
  if (couponCode !== null) return couponRejected({ code, couponCode, messageEn, messageZh });
  if (code === 'INSUFFICIENT_STOCK' && variantId !== null)
    return userError('InsufficientStockError', code, CART_PATH, message, { variantId, requested: requested ?? 0, available: available ?? 0 });
  if (UNSELLABLE.has(code) && variantId !== null) return userError('ProductUnavailableError', 'PRODUCT_UNAVAILABLE', CART_PATH, message, { variantId });
  return validationError(CART_PATH, message, code.startsWith('DELIVERY_') ? 'DELIVERY_REQUIRED' : code);
}

const UNSELLABLE: ReadonlySet<string> = new Set(['PRODUCT_UNAVAILABLE', 'NO_PRICE_IN_CURRENCY']);

/** It counts no more, or somebody else took its last use: nobody pays a price he was not shown. */
export const couponRejected = ({ code, couponCode, messageEn, messageZh }: RejectedCoupon): UserErrorData =>
  userError('CouponRejectedError', code, CART_PATH, { en: messageEn, zh: messageZh }, { couponCode });

/** Somebody else was faster. */
export const stockShort = ({ variantId, requested, available }: StockShortage): UserErrorData =>
  userError(
    'InsufficientStockError',
    'INSUFFICIENT_STOCK',
    CART_PATH,
    available > 0
      ? { en: `Only ${available} left of ${requested}.`, zh: `库存仅剩 ${available} 件（需要 ${requested} 件）。` }
      : { en: 'This is out of stock.', zh: '该商品已售罄。' },
    { variantId, requested, available: Math.max(0, available) },
  );
