/** Local time in an IANA zone, as this runtime knows the zones: one authority decides to which day a sale belongs. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Granularity = 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';

/** A stretch of time during which a zone's clocks stand at one distance from UTC. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

/** One step of a series: when it begins, and how what falls into it is marked. */
export interface Bucket {
  readonly startsAt: Date;
  readonly key: string;
}

type OffsetAt = (instant: number) => number;

function offsetsOf(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  };
}

/** How the clocks of a zone stood between two instants. No zone changes them twice within a day. */
export function stretchesOf(timeZone: string, from: number, to: number): Stretch[] {
  const offsetAt = offsetsOf(timeZone);
  const stretches: Stretch[] = [];
  let begun = from;
  let offsetMs = offsetAt(from);
  for (let looked = from; looked < to; ) {
    const next = Math.min(looked + DAY_MS, to);
    const changed = offsetAt(next);
    if (changed !== offsetMs) {
      const change = firstOf(looked, next, (instant) => offsetAt(instant) !== offsetMs);
      stretches.push({ from: begun, to: change, offsetMs });
      begun = change;
      offsetMs = changed;
    }
    looked = next;
  }
  return begun < to ? [...stretches, { from: begun, to, offsetMs }] : stretches;
}

/** The first instant, to the second, of which something is true that is false before. */
function firstOf(falseAt: number, trueAt: number, isTrue: (instant: number) => boolean): number {
  let [before, after] = [Math.floor(falseAt / 1000), Math.ceil(trueAt / 1000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isTrue(middle * 1000)) after = middle;
    else before = middle;
  }
  return after * 1000;
}

/** 1970 began on a Thursday. */
const FIRST_MONDAY = 4 * DAY_MS;

/** The beginning of the step in which a local time lies; local times are written as if they were UTC. */
const BEGINNING: Readonly<Record<Granularity, (local: number) => number>> = {
  HOUR: (local) => floorTo(local, HOUR_MS),
  DAY: (local) => floorTo(local, DAY_MS),
  WEEK: (local) => floorTo(local - FIRST_MONDAY, 7 * DAY_MS) + FIRST_MONDAY,
  MONTH: (local) => monthOf(local, 0),
};

const NEXT: Readonly<Record<Granularity, (local: number) => number>> = {
  HOUR: (local) => local + HOUR_MS,
  DAY: (local) => local + DAY_MS,
  WEEK: (local) => local + 7 * DAY_MS,
  MONTH: (local) => monthOf(local, 1),
};

const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
const monthOf = (local: number, later: number): number => Date.UTC(new Date(local).getUTCFullYear(), new Date(local).getUTCMonth() + later);

/** An hour that the clocks go through twice is two; longer steps are just longer. */
const keyOf = (granularity: Granularity, beginning: number, offsetMs: number): string =>
  granularity === 'HOUR' ? `${beginning}|${offsetMs}` : String(beginning);

/** All steps that a range touches, in order, the empty ones included. The first may begin before the range does. */
export function bucketsOf(granularity: Granularity, timeZone: string, from: Date, to: Date): Bucket[] {
  const [begins, ends] = [from.getTime(), to.getTime()];
  const stretches = stretchesOf(timeZone, begins - 33 * DAY_MS, ends + DAY_MS);
  const steps = granularity === 'HOUR' ? stretches.flatMap((stretch) => hoursOf(stretch)) : daysOf(granularity, stretches, begins, ends);
  return steps
    .filter(({ startsAt }, index) => {
      const next = steps[index + 1]?.startsAt ?? Number.POSITIVE_INFINITY;
      // A day that a zone left out has no length.
      return startsAt < ends && next > begins && next > startsAt;
    })
    .map(({ startsAt, key }) => ({ startsAt: new Date(startsAt), key }));
}

interface Step {
  readonly startsAt: number;
  readonly key: string;
}

function hoursOf({ from, to, offsetMs }: Stretch): Step[] {
  const steps: Step[] = [];
  for (let local = BEGINNING.HOUR(from + offsetMs); local < to + offsetMs; local = NEXT.HOUR(local)) {
    steps.push({ startsAt: Math.max(local - offsetMs, from), key: keyOf('HOUR', local, offsetMs) });
  }
  return steps;
}

function daysOf(granularity: Exclude<Granularity, 'HOUR'>, stretches: readonly Stretch[], begins: number, ends: number): Step[] {
  const steps: Step[] = [];
  const first = stretches.find(({ to }) => to > begins);
  for (let local = BEGINNING[granularity](begins + (first?.offsetMs ?? 0)); ; local = NEXT[granularity](local)) {
    const startsAt = instantOf(local, stretches);
    if (startsAt === null) return steps;
    steps.push({ startsAt, key: keyOf(granularity, local, 0) });
    if (startsAt >= ends) return steps;
  }
}

/** The first instant at which the clocks show a local time, or have gone past it; null where that is not known. */
function instantOf(local: number, stretches: readonly Stretch[]): number | null {
  const stretch = stretches.find(({ to, offsetMs }) => to + offsetMs > local);
  return stretch ? Math.max(local - stretch.offsetMs, stretch.from) : null;
}
