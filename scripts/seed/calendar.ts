export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When something happened, told from the day on which the shop was first filled: its documents stay the same ever after. */
export interface Calendar {
  readonly day: Date;
  /** A moment so many milliseconds before the beginning of that day. */
  before(milliseconds: number): Date;
}

export const startOfDay = (now: Date): Date => new Date(Math.floor(now.getTime() / DAY) * DAY);

export const calendarOf = (day: Date): Calendar => ({
  day,
  before: (milliseconds) => new Date(day.getTime() - Math.round(milliseconds)),
});
