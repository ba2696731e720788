import { expect, test } from 'vitest';
import { isOpen, purchaseProblem, reviewableUntil } from './domain.ts';

const deliveredAt = new Date('2026-01-01T00:00:00Z');
const until = reviewableUntil(deliveredAt);
const line = { reviewId: null, reviewableUntil: until };
const before = new Date(until.getTime() - 1);

test('a delivered line can be reviewed for ninety days', () => {
  expect(until.toISOString()).toBe('2026-04-01T00:00:00.000Z');
  expect(purchaseProblem('line_1', line, before)).toBeNull();
  expect(purchaseProblem('line_1', line, until)).toMatchObject({ code: 'REVIEW_WINDOW_CLOSED', orderLineId: 'line_1' });
  expect(purchaseProblem('line_1', null, before)).toMatchObject({ code: 'NOT_PURCHASED', orderLineId: 'line_1' });
});

test('it is open until it is reviewed or too old', () => {
  expect(isOpen(line, before)).toBe(true);
  expect(isOpen(line, until)).toBe(false);
  expect(isOpen({ ...line, reviewId: 'review_1' }, before)).toBe(false);
});
