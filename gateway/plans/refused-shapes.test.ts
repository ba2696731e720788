import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { PlanningRefusal } from '../planning.ts';
import { createRefusedShapes } from './refused-shapes.ts';

const refusal = new PlanningRefusal('too much', { exceeded: 'planningMs' }, 500);

test.each([
  ['query A($v: Int) { a: items(first: $v) { ... on T { x: name @d } } }', true],
  ['{ items { ... on T { name @d } } }', true],
  ['{ items { ... on T { name } } }', false],
  ['{ items { ... on U { name @d } } }', false],
  ['mutation { items { ... on T { name @d } } }', false],
])('%s takes as much: %s', (query, isKnown) => {
  const refused = createRefusedShapes();
  refused.add(parse('query Q { items(first: 3) { ... on T { name @d } } }'), refusal);
  const found = refused.find(parse(query));
  expect(found?.extensions).toEqual(isKnown ? { code: 'BAD_USER_INPUT', exceeded: 'planningMs' } : undefined);
  if (isKnown) expect(found?.spentMs).toBe(0);
});

test('it is tried again after a while, and only so many are remembered', () => {
  let now = 0;
  const refused = createRefusedShapes(() => now);
  refused.add(parse('{ a }'), refusal);
  now = 59_000;
  expect(refused.find(parse('{ a }'))).not.toBeNull();
  now = 61_000;
  expect(refused.find(parse('{ a }'))).toBeNull();
  for (let i = 0; i <= 1_000; i++) refused.add(parse(`{ f${i} }`), refusal);
  expect([refused.find(parse('{ f0 }')), refused.find(parse('{ f1 }'))]).toEqual([null, expect.any(PlanningRefusal)]);
});
