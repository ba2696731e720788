import { composeServices } from '@apollo/composition';
import { buildSchema, Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import { fragmentsOf } from '#platform/selections.ts';
import { createPlanner } from './execution/planner.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createGraphPlanner, plansHere } from './plans/graph-planner.ts';
import { isPlanningRefusal, PLANNER_LIMITS, planningWays, readSubgraphs } from './planning.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])';

function supergraphOf(typeDefs: readonly string[]): string {
  const composed = composeServices(typeDefs.map((sdl, index) => ({ name: `s${index}`, url: `http://s${index}.invalid`, typeDefs: parse(`${LINK} ${sdl}`) })));
  if (composed.errors) throw new Error(composed.errors.map(({ message }) => message).join('\n'));
  return composed.supergraphSdl;
}

/** Everything can be had from everywhere. */
const sharing = (subgraphs: number) =>
  supergraphOf(
    Array.from(
      { length: subgraphs },
      (_, i) =>
        `type Query { t: T @shareable } type T @key(fields: "id") { id: ID! a: A @shareable b: A @shareable n: T @shareable own${i}: String } type A @shareable { x: Int t: T }`,
    ),
  );

/** Every type of an interface can be had from everywhere, and the interface itself from nowhere as a whole. */
const exploding = (subgraphs: number, types: number) =>
  supergraphOf(
    Array.from(
      { length: subgraphs },
      (_, i) =>
        `${i === 0 ? 'type Query { all: [I] }' : ''} interface I { id: ID! next: I f${i}: Int } ${Array.from({ length: types }, (__, j) => `type T${j} implements I @key(fields: "id") { id: ID! next: I @shareable f${i}: Int }`).join(' ')}`,
    ),
  );

function ways(sdl: string, query: string): number {
  const { apiSchema } = createPlanner(sdl, plansHere);
  const document = parse(query);
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  return operation ? planningWays(operation, fragmentsOf(document), apiSchema, readSubgraphs(sdl)) : 0;
}

const levels = (count: number): string => (count === 0 ? 'id' : `id f0 f1 next { ${levels(count - 1)} }`);

test('fields count with the subgraphs that have them, and below an interface with its types', () => {
  expect(ways(sharing(3), '{ t { id n { own0 } } }')).toBe(3 + 3 + 3 + 1);
  expect(ways(exploding(2, 4), '{ all { id } }')).toBe(1 + 4 * 2);
});

test('an interface whose types are everywhere is refused before the planner tries all combinations', () => {
  expect(ways(exploding(2, 4), `{ all { ${levels(1)} } }`)).toBeLessThan(DEFAULT_LIMITS.planning);
  expect(ways(exploding(2, 4), `{ all { ${levels(2)} } }`)).toBeGreaterThan(DEFAULT_LIMITS.planning);
  expect(ways(exploding(4, 8), `{ all { ${levels(1)} } }`)).toBeGreaterThan(DEFAULT_LIMITS.planning);
});

test('the planner itself looks at only so many plans', () => {
  const sdl = sharing(8);
  const plan = createGraphPlanner({ sdl, clientSdl: sdl, plannerLimits: PLANNER_LIMITS });
  const nested = (count: number): string =>
    count === 0 ? Array.from({ length: 8 }, (_, i) => `own${i}`).join(' ') : `a { x t { ${nested(count - 1)} } } b { x t { own0 } } n { own1 }`;
  plan({ document: '{ t { id } }', operationName: null, overrides: [] });
  const startedAt = performance.now();
  expect(plan({ document: `{ t { ${nested(3)} } }`, operationName: null, overrides: [] })).toHaveProperty('plan.node');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('only what the planner refuses for its size is a refusal', () => {
  expect(isPlanningRefusal(new Error(`Too many options generated for x, reached the limit of ${PLANNER_LIMITS.pathsLimit}`))).toBe(true);
  expect(isPlanningRefusal(new Error('Was not able to find any options'))).toBe(false);
});

test('a schema without a supergraph has each field once', () => {
  const schema = buildSchema('type Query { a: Int }');
  const [operation] = parse('{ a }').definitions;
  expect(operation?.kind === Kind.OPERATION_DEFINITION && planningWays(operation, new Map(), schema, new Map())).toBe(1);
});
