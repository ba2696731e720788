import { describe, expect, test } from 'vitest';
import { groupTotals, lineAmounts, sumTotals, taxRateOf, taxWithin } from './domain.ts';
import { TAX_RATES, taxTableOf } from './tax-rates.ts';

describe('tax', () => {
  test.each([
    ['CN', 'standard', 1300],
    ['CN', 'reduced', 900],
    ['CN', 'digital', 600],
    ['CN', 'zero', 0],
    ['CN', 'STANDARD', 1300],
    ['CN', 'no-such-category', 1300],
    ['DE', 'reduced', 700],
    ['US', 'standard', 0],
    ['AQ', 'standard', 0],
    [null, 'standard', 0],
  ])('%s %s is %i basis points', (country, category, rate) => {
    expect(taxRateOf(country, category)).toBe(rate);
  });

  test.each([
    [11_300, 1300, 1300],
    [100, 1300, 12],
    [1, 1300, 0],
    [0, 1300, 0],
    [10_000, 0, 0],
    [9_000_000_000_000, 2500, 1_800_000_000_000],
  ])('%i minor units contain, at %i, %i of tax', (amount, rate, tax) => {
    expect(taxWithin(amount, rate)).toBe(tax);
  });
});

describe('the rates that a shop has set', () => {
  const table = taxTableOf({ CN: { standard: 2000, reduced: 0, digital: 1 }, BR: { standard: 1700, reduced: 700, digital: 1700 } });

  test.each([
    ['CN', 'standard', 2000],
    ['CN', 'digital', 1],
    ['BR', 'reduced', 700],
    ['DE', 'standard', 1900],
  ])('%s %s is %i basis points', (country, category, rate) => {
    expect(taxRateOf(country, category, table)).toBe(rate);
  });
  test('none are the built-in ones', () => {
    expect(taxTableOf({})).toBe(TAX_RATES);
  });
});

describe('totals', () => {
  const goods = lineAmounts({ unitPrice: 1999, quantity: 3, discount: 97, taxRateBps: 1300 });
  const book = lineAmounts({ unitPrice: 3300, quantity: 1, discount: 0, taxRateBps: 900 });

  test('a line total is unit price × quantity less its discount', () => {
    expect(goods).toMatchObject({ subtotal: 5997, discount: 97, total: 5900 });
  });
  test('a discount takes no more than there is', () => {
    expect(lineAmounts({ unitPrice: 100, quantity: 1, discount: 500, taxRateBps: 0 })).toMatchObject({ discount: 100, total: 0 });
  });
  test('the parts sum to the whole, and tax is a part of it', () => {
    const group = groupTotals([goods, book], { price: 1000, delivers: [goods, book] });
    expect(group).toMatchObject({ subtotal: 9297, discount: 97, shipping: 1000, total: 10_200 });
    expect(group.total).toBe(group.subtotal - group.discount + group.shipping);
    // 5900 and 3300 share the 1000 as 641 and 359: delivery is taxed as what it delivers.
    expect(group.tax).toBe(goods.tax + book.tax + taxWithin(641, 1300) + taxWithin(359, 900));
  });
  test('goods for nothing still pay their delivery', () => {
    const free = lineAmounts({ unitPrice: 0, quantity: 2, discount: 0, taxRateBps: 1300 });
    expect(groupTotals([free], { price: 1130, delivers: [free] })).toEqual({ subtotal: 0, discount: 0, shipping: 1130, tax: 130, total: 1130 });
  });
  test('an empty cart costs nothing', () => {
    expect(sumTotals([])).toEqual({ subtotal: 0, discount: 0, shipping: 0, tax: 0, total: 0 });
  });
});
