import { describe, expect, test } from 'vitest';
import type { Offer, StoredLine } from '../carts/domain.ts';
import { mergeLines } from './lines.ts';

const line = (variantId: string, quantity: number, position = 1): StoredLine => ({
  id: `${variantId}-${quantity}`,
  position,
  variantId,
  productId: variantId,
  merchantId: 'merchant_1',
  quantity,
  seen: { amount: 1000, currency: 'CNY' },
  reducedFrom: null,
  addedAt: new Date(0),
});
const offering =
  (available: number, changes: Partial<Offer> = {}) =>
  (variantId: string): Offer => ({
    variantId,
    productId: variantId,
    merchantId: 'merchant_1',
    prices: [],
    isSellable: true,
    available,
    minimum: 1,
    maximum: null,
    increment: 1,
    ...changes,
  });
const quantities = (lines: readonly StoredLine[]) => Object.fromEntries(lines.map(({ variantId, quantity }) => [variantId, quantity]));

describe('merging a guest cart', () => {
  const own = [line('a', 2), line('b', 1, 2)];
  const guests = [line('a', 5), line('c', 3, 2)];

  test.each([
    ['MAX', { a: 5, b: 1, c: 3 }],
    ['SUM', { a: 7, b: 1, c: 3 }],
    ['KEEP_USER', { a: 2, b: 1 }],
    ['KEEP_GUEST', { a: 5, c: 3 }],
  ] as const)('%s', (strategy, expected) => {
    expect(quantities(mergeLines(own, guests, strategy, offering(50)))).toEqual(expected);
  });
  test('the account keeps its lines, the guest ones follow', () => {
    expect(mergeLines(own, guests, 'MAX', offering(50)).map(({ id, position }) => [id, position])).toEqual([
      ['a-2', 1],
      ['b-1', 2],
      ['c-3', 3],
    ]);
  });
  test.each(['MAX', 'SUM', 'KEEP_USER', 'KEEP_GUEST'] as const)('%s takes the guest cart where the account has none', (strategy) => {
    expect(mergeLines([], guests, strategy, offering(50))).toEqual(guests);
  });
  test.each([
    ['stock', offering(6), 6],
    ['the greatest quantity', offering(50, { maximum: 4 }), 4],
    ['stock and step', offering(5, { increment: 2 }), 4],
  ] as const)('a sum beyond %s is lowered and says so', (_what, offerOf, quantity) => {
    expect(mergeLines(own, guests, 'SUM', offerOf)[0]).toMatchObject({ quantity, reducedFrom: 7 });
  });
  test('what is sold out or gone is not lost', () => {
    expect(mergeLines(own, guests, 'SUM', offering(0))[0]).toMatchObject({ quantity: 7, reducedFrom: null });
    expect(mergeLines(own, guests, 'SUM', () => null)[0]).toMatchObject({ quantity: 7, reducedFrom: null });
  });
  test('two full carts fit, a third does not', () => {
    const full = (name: string) => Array.from({ length: 100 }, (_, index) => line(`${name}${index}`, 1, index + 1));
    const two = mergeLines(full('a'), full('b'), 'MAX', offering(50));
    expect(two.length).toBe(200);
    expect(mergeLines(two, full('c'), 'MAX', offering(50))).toEqual(two);
  });
});
