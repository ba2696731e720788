import { describe, expect, test } from 'vitest';
import { bucketsOf, type Granularity } from './calendar.ts';

const startsOf = (granularity: Granularity, zone: string, from: string, to: string) =>
  bucketsOf(granularity, zone, new Date(from), new Date(to)).map(({ startsAt }) => startsAt.toISOString().replace(':00.000Z', 'Z'));
const hoursBetween = (starts: readonly string[]) =>
  starts.slice(1).map((start, index) => (new Date(start).getTime() - new Date(starts[index] ?? '').getTime()) / 3_600_000);

describe('a series', () => {
  test('of days where the clocks never change', () => {
    expect(startsOf('DAY', 'Asia/Shanghai', '2026-03-01T00:00:00+08:00', '2026-03-04T00:00:00+08:00')).toEqual([
      '2026-02-28T16:00Z',
      '2026-03-01T16:00Z',
      '2026-03-02T16:00Z',
    ]);
  });

  test('has a day of 23 hours in spring and one of 25 in autumn', () => {
    expect(hoursBetween(startsOf('DAY', 'Europe/Berlin', '2026-03-28T00:00:00+01:00', '2026-03-31T12:00:00+02:00'))).toEqual([24, 23, 24]);
    expect(hoursBetween(startsOf('DAY', 'America/New_York', '2026-10-31T04:00:00Z', '2026-11-03T12:00:00Z'))).toEqual([24, 25, 24]);
  });

  test('of hours goes through the one that is there twice twice, and leaves out the one that is not there', () => {
    const autumn = startsOf('HOUR', 'Europe/Berlin', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00');
    expect(autumn).toHaveLength(25);
    expect(new Set(hoursBetween(autumn))).toEqual(new Set([1]));
    expect(startsOf('HOUR', 'Europe/Berlin', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00')).toHaveLength(23);
  });

  test('begins its hours with the clocks of the zone, not with those of UTC', () => {
    expect(startsOf('HOUR', 'Asia/Kolkata', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z')).toEqual(['2025-12-31T23:30Z', '2026-01-01T00:30Z']);
    // Half an hour is gone through twice.
    expect(hoursBetween(startsOf('HOUR', 'Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-04T17:00:00Z'))).toEqual([1, 1, 0.5, 1]);
  });

  test('of weeks begins on Monday, of months on the first', () => {
    expect(startsOf('WEEK', 'Europe/Berlin', '2026-03-25T10:00:00Z', '2026-04-07T10:00:00Z')).toEqual([
      '2026-03-22T23:00Z',
      '2026-03-29T22:00Z',
      '2026-04-05T22:00Z',
    ]);
    expect(startsOf('MONTH', 'America/Sao_Paulo', '2025-12-31T12:00:00Z', '2026-03-01T03:00:00Z')).toEqual([
      '2025-12-01T03:00Z',
      '2026-01-01T03:00Z',
      '2026-02-01T03:00Z',
    ]);
  });

  test('knows days that begin an hour late, and days that a zone left out', () => {
    // Midnight did not exist.
    expect(startsOf('DAY', 'Africa/Cairo', '2026-04-23T12:00:00+02:00', '2026-04-25T12:00:00+03:00')).toEqual([
      '2026-04-22T22:00Z',
      '2026-04-23T22:00Z',
      '2026-04-24T21:00Z',
    ]);
    // Samoa went over the date line: there was no 30 December.
    expect(startsOf('DAY', 'Pacific/Apia', '2011-12-29T00:00:00-10:00', '2012-01-01T00:00:00+14:00')).toEqual(['2011-12-29T10:00Z', '2011-12-30T10:00Z']);
  });

  test.each(['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Kathmandu', 'UTC'])(
    'of days in %s has one for each date of the wall calendar',
    (zone) => {
      const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
      const dates = new Set<string>();
      for (let at = Date.UTC(2025, 0, 1, 5); at < Date.UTC(2026, 6, 1, 5); at += 900_000) dates.add(format.format(at));
      const starts = bucketsOf('DAY', zone, new Date(Date.UTC(2025, 0, 1, 5)), new Date(Date.UTC(2026, 6, 1, 5)));
      expect(starts.map(({ startsAt }) => format.format(startsAt))).toEqual([...dates]);
      for (const { startsAt } of starts) expect(format.format(startsAt.getTime() - 1)).not.toBe(format.format(startsAt));
    },
  );
});
