export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When something happened, told from the hour in which the shop was first filled: its documents stay the same ever after. */
export interface Calendar {
  readonly now: Date;
  /** A moment so many milliseconds before. */
  before(milliseconds: number): Date;
}

export const startOfHour = (now: Date): Date => new Date(Math.floor(now.getTime() / HOUR) * HOUR);

export const calendarOf = (now: Date): Calendar => ({
  now,
  before: (milliseconds) => new Date(now.getTime() - Math.round(milliseconds)),
});
