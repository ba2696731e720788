/** Days of the platform's books: a calendar date, and the instant at which it begins in their time zone. */

const DAY_MS = 24 * 3600 * 1000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
    formats.set(zone, (format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', ...numeric })));
  }
  return format;
}

/** What the clocks of the zone show, read as if it were UTC. */
function wallClock(instant: Date, zone: string): number {
  const parts = new Map(
    formatFor(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

const dateOf = (utc: number): string => new Date(utc).toISOString().slice(0, 10);

export const dateIn = (instant: Date, zone: string): string => dateOf(wallClock(instant, zone));

export const dayAfter = (date: string): string => dateOf(Date.parse(`${date}T00:00:00Z`) + DAY_MS);

/** Its first instant, which is not midnight where clocks are put forward then. */
export function startOfDay(date: string, zone: string): Date {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const candidates = [-1, 0, 1]
    .map((days) => new Date(midnight + days * DAY_MS))
    .map((near) => new Date(midnight - (wallClock(near, zone) - near.getTime())))
    .filter((instant) => dateIn(instant, zone) === date)
    .sort((a, b) => a.getTime() - b.getTime());
  const [first] = candidates;
  if (!first) throw new RangeError(`${date} does not begin in ${zone}`);
  return first;
}
