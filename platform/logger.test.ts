import { expect, test } from 'vitest';
import { censored } from './logger.ts';

test('what is secret is hidden, in a line and in what it holds', () => {
  const line = { requestId: 'r1', token: 't', input: { email: 'a@example.test', name: 'A' }, list: ['x'], none: null };
  expect(censored(line)).toEqual({ requestId: 'r1', token: '[redacted]', input: { email: '[redacted]', name: 'A' }, list: ['x'], none: null });
  expect(line.input.email).toBe('a@example.test');
});

test('a line without anything to hide is written as it is', () => {
  const line = { requestId: 'r1', ms: 1.5, failure: { message: 'm' } };
  expect(censored(line)).toBe(line);
});
