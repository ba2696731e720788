import { buildSchema, Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { mayBeSensitive, sensitiveTooOften } from './sensitive.ts';

const schema = buildSchema('type Query { a: Int order(secret: String): Int } type Mutation { login: Session other: Int } type Session { login: Int }');
const COORDINATES = new Set(['Mutation.login', 'Query.order']);
const check = (query: string) => {
  const document = parse(query);
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  return operation ? (sensitiveTooOften(document, operation, schema, COORDINATES, DEFAULT_LIMITS)?.message ?? null) : null;
};
const logins = (count: number) => Array.from({ length: count }, (_, i) => `l${i}: login { login }`).join(' ');

test.each([
  ['three', `mutation { ${logins(3)} }`, null],
  ['four', `mutation { ${logins(4)} }`, /at most 3 fields such as a login or a secret; this one has 4/],
  [
    'in fragments, as often as these are spread',
    'mutation { ...L ... { ...L ... on Mutation { ...L } } } fragment L on Mutation { a: login { login } b: login { login } }',
    /this one has 6/,
  ],
  ['of queries', `{ ${Array.from({ length: 4 }, (_, i) => `o${i}: order(secret: "x")`).join(' ')} }`, /this one has 4/],
  ['others', `mutation { ${Array.from({ length: 9 }, (_, i) => `o${i}: other`).join(' ')} }`, null],
])('%s', (_case, query, sentence) => {
  if (sentence) expect(check(query)).toMatch(sentence);
  else expect(check(query)).toBeNull();
});

test('a text that names none of them needs no closer look', () => {
  expect(mayBeSensitive('mutation { other }', COORDINATES)).toBe(false);
  expect(mayBeSensitive('{ order(secret: "x") }', COORDINATES)).toBe(true);
});
