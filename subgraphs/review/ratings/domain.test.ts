import { describe, expect, test } from 'vitest';
import { averageOf, type Counted, summaryOf, tallyChange } from './domain.ts';

const states: readonly Counted[] = [null, ...[1, 2, 3, 4, 5].flatMap((rating) => [true, false].map((isVerified) => ({ rating, isVerified })))];
const everyPair = states.flatMap((from) => states.map((to) => [from, to] as const));

const tallyOf = (counted: Counted): Record<string, number> =>
  counted ? { sum: counted.rating, count: 1, verifiedCount: counted.isVerified ? 1 : 0, [`histogram.${counted.rating}`]: 1 } : {};

describe('tallyChange', () => {
  test.each(everyPair)('from %j to %j is the difference of what they count', (from, to) => {
    const tally: Record<string, number> = { ...tallyOf(from) };
    for (const [name, by] of Object.entries(tallyChange(from, to))) {
      expect(by).not.toBe(0);
      tally[name] = (tally[name] ?? 0) + by;
    }
    expect(Object.fromEntries(Object.entries(tally).filter(([, value]) => value !== 0))).toEqual(
      Object.fromEntries(Object.entries(tallyOf(to)).filter(([, value]) => value !== 0)),
    );
  });
});

describe('summaryOf', () => {
  test('nothing counted has no average', () => {
    expect(averageOf({ sum: 0, count: 0 })).toBeNull();
    expect(summaryOf(null)).toMatchObject({ average: null, weightedAverage: null, count: 0 });
    expect(summaryOf({ sum: 0, count: 0, verifiedCount: 0, histogram: { 5: 0 } })).toMatchObject({ average: null, weightedAverage: null });
  });

  test('the five buckets come in order, whatever is stored', () => {
    const { distribution, average } = summaryOf({ sum: 9, count: 2, verifiedCount: 1, histogram: { 4: 1, 5: 1 } });
    expect(average).toBe(4.5);
    expect(distribution).toEqual([
      { rating: 5, count: 1 },
      { rating: 4, count: 1 },
      { rating: 3, count: 0 },
      { rating: 2, count: 0 },
      { rating: 1, count: 0 },
    ]);
  });

  test('many good ratings rank before one perfect one', () => {
    const weighted = (sum: number, count: number) => summaryOf({ sum, count, verifiedCount: 0, histogram: {} }).weightedAverage ?? 0;
    expect(weighted(480, 100)).toBeGreaterThan(weighted(5, 1));
    expect(weighted(5, 1)).toBeGreaterThan(weighted(1, 1));
  });
});
