import { describe, expect, test } from 'vitest';
import { average, checkPoints, checkTop, periodOf, rateBps } from './domain.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));
const input = (from: Date, to: Date) => ({ range: { from, to }, timeZone: 'Europe/Berlin', currency: 'EUR' });

describe('a range', () => {
  test('is half open, has a length, and ends', () => {
    expect(periodOf(input(day(1), day(2)))).toEqual({ from: day(1), to: day(2), timeZone: 'Europe/Berlin', currency: 'EUR' });
    expect(periodOf(input(day(1), day(1831)))).toMatchObject({ to: day(1831) });
    for (const [from, to] of [
      [day(2), day(1)],
      [day(1), day(1)],
      [day(1), new Date(day(1831).getTime() + 1)],
    ] as const) {
      expect(() => periodOf(input(from, to))).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', extensions: { argument: 'input.range.to' } }));
    }
  });

  test('begins in a time of which calendars are known', () => {
    const year0 = new Date('0000-01-01T00:00:00Z');
    expect(() => periodOf(input(year0, new Date('0000-02-01T00:00:00Z')))).toThrow(expect.objectContaining({ extensions: { argument: 'input.range.from' } }));
    expect(periodOf(input(new Date(0), new Date(1)))).toMatchObject({ from: new Date(0) });
  });

  test('is taken apart into so many points and no more', () => {
    const years = periodOf(input(day(1), day(1831)));
    for (const granularity of ['DAY', 'WEEK', 'MONTH'] as const) expect(() => checkPoints(granularity, years)).not.toThrow();
    expect(() => checkPoints('HOUR', years)).toThrow(/2000 points/);
    expect(() => checkPoints('HOUR', periodOf(input(day(1), day(84))))).not.toThrow();
  });

  test.each([0, -1, 101])('has no %d best products', (first) => {
    expect(() => checkTop(first)).toThrow(/1 to 100/);
  });
});

describe('rounding', () => {
  test('of an average is half up, to the minor unit', () => {
    expect([average(0, 0), average(10, 3), average(5, 2), average(Number.MAX_SAFE_INTEGER, 1)]).toEqual([0, 3, 3, Number.MAX_SAFE_INTEGER]);
  });

  test('of a rate is half up, to a hundredth of a percent', () => {
    expect([rateBps(0, 0), rateBps(5, 0), rateBps(1, 3), rateBps(2, 3), rateBps(1, 20_000), rateBps(300, 100)]).toEqual([0, 0, 3333, 6667, 1, 30_000]);
    expect(rateBps(Number.MAX_SAFE_INTEGER, 1)).toBe(2_147_483_647);
  });
});
