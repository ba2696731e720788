import { expect, test } from 'vitest';
import { lengthError } from './errors.ts';

test.each([
  ['', true],
  [null, true],
  ['茶'.repeat(5), true],
  [' 12345 ', true],
  ['123456', false],
])('%j is at most five characters: %s', (text, isFit) => {
  expect(lengthError(['input', 'name'], text, { max: 5 }) === null).toBe(isFit);
});

test('a wrong length is told by field, in both languages', () => {
  expect(lengthError(['input', 'name'], ' ', { min: 1, max: 5 })).toMatchObject({
    code: 'INVALID',
    path: ['input', 'name'],
    message: { en: '"name" must have 1 to 5 characters.', zh: '“name”须为 1 至 5 个字符。' },
  });
});
