import { describe, expect, test } from 'vitest';
import { displayNameProblem, failedPasswordRules, loginKeyOf, usernameProblem } from './domain.ts';

const owner = { username: 'alice', email: 'Alice.Liddell@example.test' };

describe('passwords', () => {
  test.each([
    ['short12', ['TOO_SHORT']],
    ['x'.repeat(70) + 'abc', ['TOO_LONG']],
    ['茶'.repeat(20) + '一二三四五', ['TOO_LONG']],
    ['aaaaaaaabb', ['TOO_SIMPLE']],
    ['Password123', ['TOO_COMMON']],
    ['ALICE.liddell', ['SAME_AS_LOGIN']],
    ['alice.liddell@example.test', ['SAME_AS_LOGIN']],
    ['correct horse', []],
    ['alice-has-a-longer-one', []],
    ['茶马古道在云南', ['TOO_SHORT']],
    ['茶马古道在云南大理', []],
  ])('%s breaks %j', (password, rules) => {
    expect(failedPasswordRules(password, owner)).toEqual(rules);
  });
});

test.each([
  ['alice', true],
  ['a.b-c_9', true],
  ['9lives', true],
  ['al', false],
  ['-alice', false],
  ['alice@example', false],
  ['+8613800138000', false],
  ['爱丽丝', false],
  ['a'.repeat(33), false],
  ['Admin', false],
])('the user name %s is fit: %s', (username, isFit) => {
  expect(usernameProblem(username) === null).toBe(isFit);
});

test.each([
  ['爱丽丝', true],
  ['  Alice  ', true],
  ['   ', false],
  [null, false],
  ['a\u0000b', false],
  ['a'.repeat(65), false],
])('the display name %j is fit: %s', (displayName, isFit) => {
  expect(displayNameProblem(displayName) === null).toBe(isFit);
});

test.each([
  [' Alice@Example.TEST ', { emailKey: 'alice@example.test' }],
  ['+8613800138000', { phone: '+8613800138000' }],
  ['Alice', { usernameKey: 'alice' }],
])('%s is looked for as %j', (login, key) => {
  expect(loginKeyOf(login)).toEqual(key);
});
