import { describe, expect, test } from 'vitest';
import type { Quote, TradingMerchant } from '../siblings.ts';
import { cartRefused, objectionsTo } from './refusals.ts';
import { refuseWrongSums } from './snapshots.ts';

const yuan = (amount: number) => ({ amount, currency: 'CNY' });
const totals = (subtotal: number, shipping: number) => ({
  subtotal: yuan(subtotal),
  discount: yuan(0),
  shipping: yuan(shipping),
  tax: yuan(0),
  total: yuan(subtotal + shipping),
});
const line = {
  lineId: 'line_1',
  variantId: 'var_1',
  productId: 'prod_1',
  quantity: 2,
  unitPrice: yuan(100),
  subtotal: yuan(200),
  discount: yuan(0),
  discounts: [],
  tax: yuan(0),
  total: yuan(200),
  title: 'Tea',
  variantTitle: '',
  sku: 'T',
  imageUrl: null,
  options: [],
  requiresShipping: true,
  taxCategory: 'standard',
  taxRateBps: 1300,
};
const group = {
  merchantId: 'merch_1',
  deliveryMode: 'SHIPPING' as const,
  deliveryTitle: 'Standard',
  shippingAddress: null,
  pickupLocationId: null,
  totals: totals(200, 10),
  shippingDiscounts: [],
  lines: [line],
};
const quote: Quote = { version: 4, currency: 'CNY', totals: totals(200, 10), groups: [group], coupons: [], problems: [] };
const refundPolicy = { windowDays: 7, returnRequired: false, autoApproveAfterHours: 48, text: null };
const merchants = new Map<string, TradingMerchant>([['merch_1', { id: 'merch_1', name: 'Tea house', status: 'ACTIVE', refundPolicy }]]);
const terms = { cartId: 'cart_1', cartVersion: 4, expectedTotal: yuan(210) };
const problem = {
  code: 'INSUFFICIENT_STOCK',
  lineId: 'line_1',
  variantId: 'var_1',
  merchantId: 'merch_1',
  requested: 2,
  available: 1,
  couponCode: null,
  messageEn: 'Only 1 left.',
  messageZh: '仅剩 1 件。',
};

describe('a quote', () => {
  test('at the agreed total has nothing against it', () => {
    expect(objectionsTo(quote, merchants, terms)).toEqual([]);
  });

  test.each([
    ['a minor unit less', yuan(209)],
    ['a minor unit more', yuan(211)],
    ['another currency', { amount: 210, currency: 'USD' }],
  ])('at %s is a changed total', (_, expectedTotal) => {
    expect(objectionsTo(quote, merchants, { ...terms, expectedTotal })).toMatchObject([
      { __typename: 'TotalChangedError', expected: expectedTotal, current: yuan(210), currentCartVersion: 4, path: ['input', 'expectedTotal'] },
    ]);
  });

  test('tells of what is short before what it costs', () => {
    const objections = objectionsTo({ ...quote, problems: [problem] }, merchants, { ...terms, expectedTotal: yuan(1) });
    expect(objections).toMatchObject([{ __typename: 'InsufficientStockError', variantId: 'var_1', requested: 2, available: 1 }]);
  });

  test('of a merchant who does not trade names the merchant, not its goods', () => {
    const suspended = new Map([['merch_1', { id: 'merch_1', name: 'Tea house', status: 'SUSPENDED', refundPolicy }]]);
    const problems = [{ ...problem, code: 'PRODUCT_UNAVAILABLE' }];
    expect(objectionsTo({ ...quote, problems }, suspended, terms)).toMatchObject([{ __typename: 'MerchantUnavailableError', merchantId: 'merch_1' }]);
  });

  test.each([
    ['PRODUCT_UNAVAILABLE', 'ProductUnavailableError', 'PRODUCT_UNAVAILABLE'],
    ['NO_PRICE_IN_CURRENCY', 'ProductUnavailableError', 'PRODUCT_UNAVAILABLE'],
    ['DELIVERY_OPTION_MISSING', 'ValidationError', 'DELIVERY_REQUIRED'],
    ['QUANTITY_NOT_ALLOWED', 'ValidationError', 'QUANTITY_NOT_ALLOWED'],
  ])('with %s is a %s', (code, __typename, told) => {
    expect(objectionsTo({ ...quote, problems: [{ ...problem, code }] }, merchants, terms)).toMatchObject([{ __typename, code: told }]);
  });

  test('with a coupon that counts no more names it, whatever it costs now', () => {
    const expired = { ...problem, code: 'COUPON_EXPIRED', couponCode: 'TEA10', variantId: null };
    expect(objectionsTo({ ...quote, problems: [expired] }, merchants, { ...terms, expectedTotal: yuan(1) })).toMatchObject([
      { __typename: 'CouponRejectedError', code: 'COUPON_EXPIRED', couponCode: 'TEA10', path: ['input', 'cartId'] },
    ]);
  });

  test('of nothing is an empty cart', () => {
    expect(objectionsTo({ ...quote, groups: [] }, merchants, terms)).toMatchObject([{ code: 'CART_EMPTY' }]);
  });

  test('takes no note for a merchant who is not in it', () => {
    expect(objectionsTo(quote, merchants, { ...terms, notes: [{ merchantId: 'merch_2', note: 'hi' }] })).toMatchObject([
      { path: ['input', 'notes', '0', 'merchantId'] },
    ]);
  });

  test('whose parts do not sum to the whole is refused as a bug', () => {
    expect(() => refuseWrongSums(quote)).not.toThrow();
    expect(() => refuseWrongSums({ ...quote, totals: totals(200, 11) })).toThrow('do not sum');
    expect(() => refuseWrongSums({ ...quote, groups: [{ ...group, lines: [{ ...line, total: yuan(199) }] }] })).toThrow('do not sum');
  });
});

test.each([
  ['NOT_FOUND', 'NotFoundError'],
  ['VERSION_CONFLICT', 'VersionConflictError'],
  ['INVALID_STATE', 'InvalidStateError'],
] as const)('a cart refused for %s is a %s', (code, __typename) => {
  expect(cartRefused({ code, currentVersion: 7, currentState: 'ORDERED' })).toMatchObject({ __typename });
});
