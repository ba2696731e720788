import { expect, test } from 'vitest';
import { unfitValue } from './values.ts';

test.each<[unknown, string | null]>([
  [{ input: { name: 'Li Lei\r\n\t茶💥' } }, null],
  [{ input: { notes: ['fine', 'a\u0000b'] } }, 'variables.input.notes.1'],
  [{ name: '\u001b[31mred' }, 'variables.name'],
  [{ name: 'half \ud83d' }, 'variables.name'],
  [{ name: '\\u0000, written out' }, null],
  [null, null],
])('variables %j', (variables, path) => {
  expect(unfitValue('query ($name: String) { a(name: $name) }', variables)).toEqual(path === null ? null : expect.stringContaining(`"${path}"`));
});

test.each<[string, boolean]>([
  [String.raw`{ a(name: "tab \u0009 and \u000a, é \u00e9 \u{1F4A5}") }`, true],
  [String.raw`{ a(name: "\u0000") }`, false],
  [String.raw`{ a(name: "\u001B") }`, false],
  [String.raw`{ a(name: "\u{0}") }`, false],
])('an operation %s', (query, isFit) => expect(unfitValue(query, null) === null).toBe(isFit));

test('values nested without end are refused before anybody walks through them', () => {
  const deep = JSON.parse(`${'['.repeat(40_000)}${']'.repeat(40_000)}`);
  expect(unfitValue('{ a }', { deep })).toBe('"variables.deep.0…" is nested more than 32 levels deep.');
});
