import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { scan } from './scan.ts';

const times = (count: number, text: string) => Array.from({ length: count }, () => text).join(' ');

test.each([
  ['2,000 tokens', `{ ${times(1998, 'a')} }`, null],
  ['2,001 tokens', `{ ${times(1999, 'a')} }`, /at most 2000 tokens; this one has 2001/],
  ['more than anybody counts', `{ ${times(60_000, 'a')} }`, /at most 2000 tokens; this one has more than 20000/],
  ['too many, and then what is no token', `{ ${times(3_000, 'a')} "never closed`, /at most 2000 tokens/],
  ['what is no token', '{ a "never closed', /Syntax Error/],
  ['comments, which are no tokens', `{ a ${times(3_000, '#x\n')} }`, null],
  ['brackets within each other', `{ ${times(300, 'a {')}`, /at most 250 brackets within each other/],
  ['lists within each other', `{ a(b: ${'['.repeat(300)}`, /at most 250 brackets/],
  ['many brackets after each other', `{ ${times(300, 'a { b }')} }`, null],
])('%s', (_case, query, refusal) => {
  if (refusal) expect(() => scan(query, DEFAULT_LIMITS)).toThrow(refusal);
  else expect(() => scan(query, DEFAULT_LIMITS)).not.toThrow();
});
