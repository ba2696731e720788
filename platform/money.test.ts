import { describe, expect, test } from 'vitest';
import { allocate, decimalOf, decimalsOf, minorUnits, money, scale, sum } from './money.ts';

/** A small seeded generator, so that a failure can be repeated. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
}

describe('allocate', () => {
  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [5, [3, 3], [3, 2]],
    [0, [1, 2], [0, 0]],
    [7, [0, 0], [7, 0]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [10, [], []],
    [9_007_199_254_740_991, [1, 1], [4_503_599_627_370_496, 4_503_599_627_370_495]],
  ])('%i by %j is %j', (amount, weights, parts) => expect(allocate(amount, weights)).toEqual(parts));

  test('the parts sum to the whole and differ from their exact share by less than one unit', () => {
    const next = random(7);
    for (let round = 0; round < 5_000; round++) {
      const amount = next(1_000_000);
      const weights = Array.from({ length: 1 + next(12) }, () => next(10_000));
      const parts = allocate(amount, weights);
      const total = sum(weights);
      expect(sum(parts)).toBe(amount);
      if (total > 0) parts.forEach((part, index) => expect(Math.abs(part - (amount * (weights[index] ?? 0)) / total)).toBeLessThan(1));
    }
  });
});

describe('rendering and bounds', () => {
  test.each([
    [money(1290, 'CNY'), '12.90'],
    [money(5, 'CNY'), '0.05'],
    [money(-5, 'CNY'), '-0.05'],
    [money(1290, 'JPY'), '1290'],
    [money(1290, 'KWD'), '1.290'],
  ])('%j reads %s', (amount, text) => expect(decimalOf(amount)).toBe(text));

  test('decimals follow the currency', () => expect([decimalsOf('CNY'), decimalsOf('JPY'), decimalsOf('KWD')]).toEqual([2, 0, 3]));

  test.each([1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is no amount', (amount) => expect(() => minorUnits(amount)).toThrow(RangeError));
});

test.each([
  [101, 1, 2, 51],
  [-101, 1, 2, -51],
  [1990, 1300, 11_300, 229],
  [9_007_199_254_740_991, 9_999, 10_000, 9_006_298_534_815_517],
])('%i × %i / %i is %i', (amount, numerator, denominator, result) => expect(scale(amount, numerator, denominator)).toBe(result));
