import { type UserErrorData, validationError } from '#platform/errors.ts';

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

const isWithin = (value: number, limit: number): boolean => Number.isFinite(value) && Math.abs(value) <= limit;

export function pointProblem({ latitude, longitude }: Point): string | null {
  if (!isWithin(latitude, 90)) return '"latitude" must be from -90 to 90.';
  return isWithin(longitude, 180) ? null : '"longitude" must be from -180 to 180.';
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

export function openingHoursProblems(hours: readonly { dayOfWeek: number; opens: string; closes: string }[]): UserErrorData[] {
  const problems = hours.flatMap(({ dayOfWeek, opens, closes }, index) => {
    const path = ['input', 'openingHours', index];
    if (dayOfWeek < 1 || dayOfWeek > 7)
      return [validationError([...path, 'dayOfWeek'], { en: 'Must be from 1 (Monday) to 7 (Sunday).', zh: '须为 1（周一）到 7（周日）。' }, 'RANGE')];
    if (!CLOCK.test(opens)) return [validationError([...path, 'opens'], { en: 'Must be a time of day, e.g. 09:00.', zh: '须为时间，例如 09:00。' }, 'FORMAT')];
    if (closes !== '24:00' && !CLOCK.test(closes))
      return [
        validationError([...path, 'closes'], { en: 'Must be a time of day, e.g. 18:30, up to 24:00.', zh: '须为时间，例如 18:30，最晚 24:00。' }, 'FORMAT'),
      ];
    return closes > opens ? [] : [validationError([...path, 'closes'], { en: 'Must be later than it opens.', zh: '须晚于开门时间。' }, 'RANGE')];
  });
  if (hours.length > 21) problems.push(validationError(['input', 'openingHours'], { en: 'Give at most 21 entries.', zh: '最多 21 项。' }, 'TOO_MANY'));
  return problems;
}
