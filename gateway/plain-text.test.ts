import { expect, test } from 'vitest';
import { unfitText } from './plain-text.ts';

const check = (query: string, variables: unknown = null) => unfitText(JSON.stringify({ query, variables }), query, variables);

test.each<[unknown, string | null]>([
  [{ input: { name: 'Li Lei\r\n\t茶💥' } }, null],
  [{ input: { notes: ['fine', 'a\u0000b'] } }, 'variables.input.notes.1'],
  [{ name: '\u001b[31mred' }, 'variables.name'],
  [{ name: 'half \ud83d' }, 'variables.name'],
  [{ name: '\\u0000, written out' }, null],
  [null, null],
])('variables %j', (variables, path) => {
  expect(check('query ($name: String) { a(name: $name) }', variables)).toEqual(path === null ? null : expect.stringContaining(`"${path}"`));
});

test.each<[string, boolean]>([
  [String.raw`{ a(name: "tab \u0009 and \u000a, é \u00e9 \u{1F4A5}") }`, true],
  [String.raw`{ a(name: "\u0000") }`, false],
  [String.raw`{ a(name: "\u001B") }`, false],
  [String.raw`{ a(name: "\u{0}") }`, false],
])('an operation %s', (query, isFit) => expect(check(query) === null).toBe(isFit));
