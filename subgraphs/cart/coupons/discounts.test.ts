import { describe, expect, test } from 'vitest';
import { couponOf } from './coupon.fixture.ts';
import { discountGoods, discountShipping, totalOf } from './discounts.ts';
import type { Coupon } from './domain.ts';

const coupon = (id: string, merchantId: string | null, terms: Partial<Coupon>): Coupon => couponOf({ id, merchantId, code: id.toUpperCase(), ...terms });
const percent = (id: string, merchantId: string | null, percentBps: number) => coupon(id, merchantId, { percentBps });
const fixed = (id: string, merchantId: string | null, amount: number) =>
  coupon(id, merchantId, { kind: 'FIXED_AMOUNT', amountOff: { amount, currency: 'CNY' } });
const freeShipping = (id: string, merchantId: string | null) => coupon(id, merchantId, { kind: 'FREE_SHIPPING' });

const parts = [
  { merchantId: 'tea', amount: 1000 },
  { merchantId: 'pot', amount: 500 },
  { merchantId: 'tea', amount: 333 },
];
const amounts = (coupons: Coupon[], of = parts) => discountGoods(coupons, of).map((taken) => taken.map(({ couponId, amount }) => `${couponId} ${amount}`));

describe('goods', () => {
  test('a merchant’s coupon is for its own', () => {
    expect(amounts([percent('a', 'tea', 1000)])).toEqual([['a 100'], [], ['a 33']]);
  });
  test('the merchant’s comes first, whatever the order; the platform’s takes from what is left', () => {
    expect(amounts([percent('p', null, 5000), fixed('a', 'tea', 333)])).toEqual([['a 250', 'p 375'], ['p 250'], ['a 83', 'p 125']]);
  });
  test('a fixed amount is split by largest remainder, ties by index', () => {
    const thirds = [100, 100, 100].map((amount) => ({ merchantId: 'tea', amount }));
    expect(amounts([fixed('a', 'tea', 100)], thirds)).toEqual([['a 34'], ['a 33'], ['a 33']]);
  });
  test('nothing falls below nothing, and what is nothing has no part', () => {
    const free = { merchantId: 'tea', amount: 0 };
    expect(amounts([fixed('a', 'tea', 9999), fixed('p', null, 9999)], [...parts, free])).toEqual([['a 1000'], ['p 500'], ['a 333'], []]);
  });
  test('a shipping coupon leaves them', () => {
    expect(amounts([freeShipping('s', 'tea'), freeShipping('p', null)])).toEqual([[], [], []]);
  });
  test('who bears it is written down', () => {
    const [first] = discountGoods([percent('a', 'tea', 1000), percent('p', null, 1000)], parts);
    expect(first).toEqual([
      { couponId: 'a', code: 'A', fundedBy: 'MERCHANT', amount: 100 },
      { couponId: 'p', code: 'P', fundedBy: 'PLATFORM', amount: 90 },
    ]);
    expect(totalOf(first ?? [])).toBe(190);
  });
});

describe('delivery', () => {
  const deliveries = [
    { merchantId: 'tea', amount: 800 },
    { merchantId: 'pot', amount: 500 },
  ];
  test('a merchant’s coupon makes its own free, the platform’s all that is left', () => {
    const taken = discountShipping([freeShipping('p', null), freeShipping('a', 'tea')], deliveries);
    expect(taken.map((discounts) => discounts.map(({ couponId, amount }) => `${couponId} ${amount}`))).toEqual([['a 800'], ['p 500']]);
  });
  test('a coupon for goods leaves it', () => {
    expect(discountShipping([percent('a', 'tea', 10_000), fixed('p', null, 9999)], deliveries)).toEqual([[], []]);
  });
});
