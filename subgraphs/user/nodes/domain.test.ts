import { expect, test } from 'vitest';
import { typeOfId } from './domain.ts';

test.each([
  ['user_01JABCDEF', 'User'],
  ['oline_01JABCDEF', 'OrderLine'],
  ['refund_demo-1_2', 'RefundRequest'],
  ['user_', null],
  ['user', null],
  ['', null],
  ['toString_1', null],
  ['constructor_1', null],
  ['user_1; drop', null],
  [`user_${'1'.repeat(61)}`, null],
  ['session_01JABCDEF', null],
])('%s is a %s', (id, type) => {
  expect(typeOfId(id)).toBe(type);
});
