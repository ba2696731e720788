import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { exceededBy } from './measure.ts';

const check = (query: string) => () => {
  const [first] = exceededBy(parse(query), DEFAULT_LIMITS);
  if (first) throw first;
};
const nested = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;

test.each([
  ['15 levels', nested(15), null],
  ['16 levels', nested(16), /at most 15 nested levels; this one has 16/],
  ['levels inside of fragments', `{ ...F } fragment F on Q ${nested(16)}`, /nested levels/],
  ['31 aliases', `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: b { c }`).join(' ')} }`, /at most 30 aliases; this one has 31/],
  [
    'aliases multiplied by fragments',
    `{ ${Array.from({ length: 4 }, (_, i) => `f${i} { ...A }`).join(' ')} } fragment A on Q { ${Array.from({ length: 10 }, (_, i) => `a${i}: b`).join(' ')} }`,
    /this one has 40/,
  ],
  ['21 root fields', `{ ${Array.from({ length: 21 }, (_, i) => `f${i}`).join(' ')} }`, /at most 20 root fields/],
  ['aliases in introspection', `{ __schema { ${Array.from({ length: 31 }, (_, i) => `a${i}: types { name }`).join(' ')} } }`, /at most 30 aliases/],
  [
    'deep introspection',
    '{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } } } } } }',
    null,
  ],
])('%s', (_case, query, refusal) => {
  if (refusal) expect(check(query)).toThrow(refusal);
  else expect(check(query)).not.toThrow();
});

test('fragments that spread each other many times over are measured in no time', () => {
  const fragments = Array.from({ length: 25 }, (_, i) => `fragment F${i} on Q { a { ...F${i + 1} } b { ...F${i + 1} } }`).join(' ');
  expect(check(`{ ...F0 } ${fragments} fragment F25 on Q { x: y }`)).toThrow(/at most/);
});

test('what fragments multiply counts as often as it is spread', () => {
  const doubling = (levels: number) =>
    `{ a { ...F0 } } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on Q { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F${levels} on Q { x }`;
  expect(check(doubling(9))).not.toThrow();
  expect(check(doubling(10))).toThrow(/at most 1000 fields, its fragments spread; this one has 1025/);
  expect(check(doubling(60))).toThrow(/at most 1000 fields/);
});

test('root fields count with those of their fragments, and are counted in no time', () => {
  const doubling = (levels: number) =>
    `{ ...F0 } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on Q { ...F${i + 1} ... { ...F${i + 1} } }`).join(' ')} fragment F${levels} on Q { a }`;
  expect(check(doubling(5))).toThrow(/at most 20 root fields; this one has 32/);
  expect(check(doubling(60))).toThrow(/at most/);
});

test('fields that are asked for many times at one place are refused before they are compared', () => {
  const products = (inner: string) => `{ products { nodes { ${inner} } } }`;
  const times = (count: number, text: string) => Array.from({ length: count }, () => text).join(' ');
  expect(check(products(times(100, 'id')))).not.toThrow();
  expect(check(products(times(300, 'id')))).toThrow(/at most 10000 pairs of fields at the same place of the answer; this one has more than 10000/);
  expect(check(products(times(12, `merchant { ${times(12, 'products { nodes { id } }')} }`)))).toThrow(/pairs of fields/);
  const fragments = Array.from({ length: 200 }, (_, i) => `fragment F${i} on Product { id }`).join(' ');
  expect(check(`{ products { nodes { ${Array.from({ length: 200 }, (_, i) => `...F${i}`).join(' ')} } } } ${fragments}`)).toThrow(/pairs of fields/);
});
