import { DomainError } from '#platform/errors.ts';
import { scale } from '#platform/money.ts';
import type { Granularity } from './calendar.ts';

/** What statistics are asked of: a half-open range of time, the zone whose days count, and one currency. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
  readonly timeZone: string;
  readonly currency: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Nothing was sold before. */
const FIRST_YEAR = 1970;
const MAX_DAYS = 1_830;
const MAX_POINTS = 2_000;
const MAX_TOP = 100;

/** The shortest that a step can be; a day of 23 hours is one step all the same. */
const LEAST_MS: Readonly<Record<Granularity, number>> = { HOUR: HOUR_MS, DAY: DAY_MS - HOUR_MS, WEEK: 7 * DAY_MS - HOUR_MS, MONTH: 28 * DAY_MS - HOUR_MS };

interface StatisticsInput {
  readonly range: { readonly from: Date; readonly to: Date };
  readonly timeZone: string;
  readonly currency: string;
}

/** Refuses a range that has no length or is too long to be added up while somebody waits. */
export function periodOf({ range: { from, to }, timeZone, currency }: StatisticsInput): Period {
  if (from.getUTCFullYear() < FIRST_YEAR) {
    throw wrong('input.range.from', `"range.from" must be ${FIRST_YEAR} or later; it was ${from.toISOString()}.`);
  }
  if (to.getTime() <= from.getTime()) {
    throw wrong('input.range.to', `"range.to" must be later than "range.from" (${from.toISOString()}); it was ${to.toISOString()}.`);
  }
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
    throw wrong('input.range.to', `"range" may be ${MAX_DAYS} days long (five years); from ${from.toISOString()} to ${to.toISOString()} is longer.`);
  }
  return { from, to, timeZone, currency };
}

/** Refuses a series of more points than a screen could show. */
export function checkPoints(granularity: Granularity, { from, to }: Period): void {
  const points = Math.ceil((to.getTime() - from.getTime()) / LEAST_MS[granularity]);
  if (points > MAX_POINTS) {
    throw wrong(
      'granularity',
      `A series may have ${MAX_POINTS} points; by ${granularity} this range has about ${points}. Ask for a shorter range, or a coarser granularity.`,
    );
  }
}

export function checkTop(first: number): void {
  if (first < 1 || first > MAX_TOP) throw wrong('first', `"first" must be a whole number from 1 to ${MAX_TOP}; it was ${first}.`);
}

const wrong = (argument: string, sentence: string) => new DomainError('BAD_USER_INPUT', sentence, { argument });

/** The mean of a sum, rounded half up to the minor unit; zero of nothing. */
export const average = (total: number, count: number): number => (count === 0 ? 0 : scale(total, 1, count));

/** What fits into the graph's Int. */
const MAX_BPS = 2_147_483_647n;

/** How much of what was sold was paid back, in hundredths of a percent, rounded half up; zero where nothing was sold. */
export function rateBps(part: number, whole: number): number {
  if (whole === 0) return 0;
  const [over, under] = [BigInt(part) * 20_000n + BigInt(whole), BigInt(whole) * 2n];
  return Number(over / under < MAX_BPS ? over / under : MAX_BPS);
}
