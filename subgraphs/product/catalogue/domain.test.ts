import { describe, expect, test } from 'vitest';
import {
  combinationKey,
  editedStatus,
  mayBecome,
  PRODUCT_TRANSITIONS,
  priceIn,
  priceRanges,
  type ProductStatus,
  publishedStatus,
  slugOf,
  STATUSES,
  statusError,
  withdrawnStatus,
} from './domain.ts';

const everyPair = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

describe('product status', () => {
  test.each(everyPair)('%s to %s is allowed only if the table says so', (from, to) => {
    expect(mayBecome(from, to)).toBe((PRODUCT_TRANSITIONS[from] as readonly ProductStatus[]).includes(to));
  });
  test.each(STATUSES)('withdrawing %s leads where the table allows, or is told', (status) => {
    const target = withdrawnStatus(status);
    const isPossible = mayBecome(status, target);
    expect(isPossible).toBe(status === 'ACTIVE' || status === 'PENDING_REVIEW');
  });
  test.each(STATUSES.flatMap((status) => [true, false].map((needsReview) => [status, needsReview] as const)))(
    'editing %s (review: %s) changes nothing that the table forbids',
    (status, needsReview) => {
      const next = editedStatus(status, needsReview);
      expect(next === status || mayBecome(status, next)).toBe(true);
      expect(next === 'ACTIVE' && needsReview).toBe(false);
    },
  );
  test('publishing shows, or waits for review', () => {
    expect([publishedStatus(false), publishedStatus(true)]).toEqual(['ACTIVE', 'PENDING_REVIEW']);
  });
  test('a refusal names from where it would be possible', () => {
    expect(statusError(['id'], 'ARCHIVED', 'ACTIVE')).toMatchObject({ currentState: 'ARCHIVED', allowedStates: ['DRAFT', 'PENDING_REVIEW', 'INACTIVE'] });
  });
});

describe('prices', () => {
  const price = (currency: string, amount: number) => ({ currency, amount, compareAtAmount: null });
  test('fall back to the own currency, which is the first', () => {
    const prices = [price('CNY', 100), price('USD', 15)];
    expect([priceIn(prices, 'USD').amount, priceIn(prices, 'EUR').amount, priceIn(prices, null).amount]).toEqual([15, 100, 100]);
  });
  test('range over the variants per currency', () => {
    expect(priceRanges([{ prices: [price('CNY', 300), price('USD', 40)] }, { prices: [price('CNY', 100)] }])).toEqual({
      ownCurrency: 'CNY',
      prices: { CNY: { min: 100, max: 300 }, USD: { min: 40, max: 40 } },
    });
  });
});

test('option choices are the same in any order', () => {
  const size = { name: 'Size', value: 'S' };
  const colour = { name: 'Colour', value: 'Red' };
  expect(combinationKey([size, colour])).toBe(combinationKey([colour, size]));
  expect(combinationKey([size])).not.toBe(combinationKey([{ name: 'Size', value: 'M' }]));
});

test.each([
  ['Rain Coat, blue!', 'rain-coat-blue'],
  ['Crème brûlée', 'cre-me-bru-le-e'],
  ['雨衣', ''],
  ['  --A--  ', 'a'],
])('the slug of %j is %j', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});
