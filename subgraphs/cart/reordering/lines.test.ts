import { describe, expect, test } from 'vitest';
import type { Offer, StoredLine } from '../carts/domain.ts';
import { reorderLines } from './lines.ts';

const offer = (more: Partial<Offer> = {}): Offer => ({
  variantId: 'tea',
  productId: 'product',
  merchantId: 'merchant',
  prices: [{ amount: 1000, currency: 'CNY' }],
  isSellable: true,
  available: 100,
  minimum: 1,
  maximum: null,
  increment: 1,
  ...more,
});
const line = (quantity: number, more: Partial<StoredLine> = {}): StoredLine => ({
  id: 'line',
  position: 4,
  variantId: 'tea',
  productId: 'product',
  merchantId: 'merchant',
  quantity,
  seen: { amount: 900, currency: 'CNY' },
  reducedFrom: null,
  addedAt: new Date(0),
  ...more,
});
const reordered = (lines: readonly StoredLine[], quantity: number, of: Offer | null, currency = 'CNY') =>
  reorderLines(lines, [{ variantId: 'tea', quantity }], currency, () => of, { id: () => 'fresh', at: new Date(1) });

describe('ordering the same again', () => {
  test('is a line more, at the price of today', () => {
    expect(reordered([line(1, { id: 'other', variantId: 'cup' })], 3, offer())).toEqual({
      lines: [line(1, { id: 'other', variantId: 'cup' }), line(3, { id: 'fresh', position: 5, seen: { amount: 1000, currency: 'CNY' }, addedAt: new Date(1) })],
      skipped: [],
    });
  });

  test.each([
    ['fewer there are made as many', 1, 3, 3],
    ['as many there are left', 3, 3, 3],
    ['more there are left', 5, 3, 5],
  ])('%s', (_what, present, ordered, quantity) => {
    const lines = [line(present)];
    const result = reordered(lines, ordered, offer());
    expect(result.lines.map((one) => one.quantity)).toEqual([quantity]);
    expect(result.lines === lines).toBe(present >= ordered);
    expect(reordered(result.lines, ordered, offer()).lines).toBe(result.lines);
  });

  test.each([
    ['less is in stock', 5, { available: 2 }, 2, 5],
    ['the most is less now', 5, { maximum: 3 }, 3, 5],
    ['the step is wider now', 5, { increment: 4 }, 4, 5],
    ['the least is more now', 1, { minimum: 6, increment: 4 }, 8, null],
  ])('where %s takes what can be had', (_what, ordered, more, quantity, reducedFrom) => {
    expect(reordered([], ordered, offer(more)).lines).toMatchObject([{ quantity, reducedFrom }]);
  });

  test.each([
    ['gone', null, 'CNY'],
    ['not on sale', offer({ isSellable: false }), 'CNY'],
    ['sold out', offer({ available: 0 }), 'CNY'],
    ['not sold in the currency of the cart', offer(), 'EUR'],
    ['sold in more than there are', offer({ minimum: 5, available: 4 }), 'CNY'],
  ])('skips what is %s', (_what, of, currency) => {
    const lines: StoredLine[] = [];
    const result = reordered(lines, 2, of, currency);
    expect(result).toEqual({ lines, skipped: ['tea'] });
    expect(result.lines).toBe(lines);
  });

  test('skips what does not fit into a full cart', () => {
    const full = Array.from({ length: 100 }, (_, index) => line(1, { id: String(index), variantId: String(index) }));
    expect(reordered(full, 1, offer())).toEqual({ lines: full, skipped: ['tea'] });
  });
});
