import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { unfitVariables } from './variables.ts';

test.each([
  ['as many values as allowed', { ids: Array.from({ length: 4_999 }, () => 'x') }, null],
  ['one more', { ids: Array.from({ length: 5_000 }, () => 'x') }, /at most 5000 values in its variables; this one has 5001/],
  ['many in objects in lists', { lines: Array.from({ length: 2_000 }, () => ({ a: 1, b: 2 })) }, /this one has 6001/],
  ['a number without end', { n: [JSON.parse('1e999')] }, /Variable "\$n" holds a number that is too large/],
  ['a name of every object', { constructor: { prototype: 1, toString: 2 } }, null],
  ['null', { a: null }, null],
])('%s', (_case, variables, sentence) => {
  const problem = unfitVariables(variables, DEFAULT_LIMITS)?.message ?? null;
  if (sentence) expect(problem).toMatch(sentence);
  else expect(problem).toBeNull();
});
