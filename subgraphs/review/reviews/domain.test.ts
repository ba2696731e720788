import { describe, expect, test } from 'vitest';
import { contentProblems, countedOf, editProblem, imagesProblem, tidyTitle } from './domain.ts';

const DAY = 24 * 3600 * 1000;
const where = (content: Parameters<typeof contentProblems>[0]) => contentProblems(content).map(({ code, path }) => `${code} ${path?.join('.')}`);

describe('contentProblems', () => {
  test.each([1, 2, 3, 4, 5])('%d is a rating', (rating) => expect(where({ rating })).toEqual([]));
  test.each([0, 6, -1, 4.5, 1e9])('%d is none', (rating) => expect(where({ rating })).toEqual(['INVALID input.rating']));

  test('nothing given is nothing wrong', () => {
    expect(where({})).toEqual([]);
    expect(where({ rating: null, title: null, body: null, aspects: null, imageMediaIds: null })).toEqual([]);
  });

  test('texts are measured without the space around them', () => {
    expect(where({ title: `  ${'x'.repeat(120)}  `, body: ` ${'x'.repeat(5_000)} ` })).toEqual([]);
    expect(where({ title: 'x'.repeat(121), body: 'x'.repeat(5_001) })).toEqual(['TOO_LONG input.title', 'TOO_LONG input.body']);
    expect(where({ title: '', body: ' \n ' })).toEqual(['INVALID input.body']);
  });

  test('each aspect and each picture once, nine pictures at most', () => {
    const ids = Array.from({ length: 10 }, (_, index) => `media_${index}`);
    expect(where({ imageMediaIds: ids.slice(1) })).toEqual([]);
    expect(where({ imageMediaIds: ids })).toEqual(['INVALID input.imageMediaIds']);
    expect(where({ imageMediaIds: ['a', 'a'] })).toEqual(['INVALID input.imageMediaIds']);
    const aspects = [
      { aspect: 'SERVICE', rating: 5 },
      { aspect: 'SERVICE', rating: 7 },
    ] as const;
    expect(where({ aspects })).toEqual(['INVALID input.aspects.1.rating', 'INVALID input.aspects']);
  });
});

test('a picture that is not the caller’s is named', () => {
  expect(imagesProblem(['a', 'b'], new Set(['a', 'b']))).toBeNull();
  expect(imagesProblem(['a', 'b'], new Set(['a']))).toMatchObject({ code: 'MEDIA_NOT_FOUND', path: ['input', 'imageMediaIds', '1'] });
});

test('an author may change a review for thirty days', () => {
  const now = new Date('2026-03-01T00:00:00Z');
  expect(editProblem(['id'], new Date(now.getTime() - 30 * DAY + 1), now)).toBeNull();
  expect(editProblem(['id'], new Date(now.getTime() - 30 * DAY), now)).toMatchObject({ code: 'EDIT_WINDOW_CLOSED' });
});

test('only what is published counts', () => {
  expect(countedOf({ status: 'PUBLISHED', rating: 4, verifiedPurchase: true })).toEqual({ rating: 4, isVerified: true });
  expect(countedOf({ status: 'HIDDEN', rating: 4, verifiedPurchase: true })).toBeNull();
});

test('an empty title is none', () => {
  expect(tidyTitle(' Good ')).toBe('Good');
  expect([tidyTitle('  '), tidyTitle(''), tidyTitle(null), tidyTitle(undefined)]).toEqual([null, null, null, null]);
});
