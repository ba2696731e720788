import type { FormattedExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';
import { bothExecutors } from './differential/both-executors.ts';
import { type Resolvers, subgraph, withFederation } from './differential/subgraph.ts';

type Graph = Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>;

/** What our executor answers over subgraphs that know one type differently. */
async function asked(graph: Graph, query: string, variables: Record<string, unknown> = {}): Promise<FormattedExecutionResult> {
  const sdls = withFederation(Object.fromEntries(Object.entries(graph).map(([name, [sdl]]) => [name, sdl])));
  const subgraphs = Object.fromEntries(Object.entries(graph).map(([name, [sdl, resolvers]]) => [name, subgraph(sdl, resolvers)]));
  const both = await bothExecutors(sdls, subgraphs, { isOverHttp: true, isMerging: true });
  return JSON.parse(JSON.stringify(await both.own({ query, variables })));
}

const given: Resolvers[string] = { __resolveReference: (representation) => representation };

describe('an interface without objects where it is asked for', () => {
  const graph: Graph = {
    shapes: [
      'type Query { shape: Shape name: String } interface Shape @key(fields: "id") { id: ID! }',
      { Query: { shape: () => ({ __typename: 'Shape', id: '1' }), name: () => 'shapes' } },
    ],
    colours: [
      'type Query { painted: Shape } type Shape @key(fields: "id", resolvable: false) @interfaceObject { id: ID! colour: String }',
      { Query: { painted: () => ({ id: '1', colour: 'red' }) } },
    ],
  };

  test('is a reason to refuse what asks for nothing else', async () => {
    await expect(asked(graph, '{ shape { colour } }')).rejects.toThrow('No subgraph can answer what is asked of "shape".');
  });

  test('is an error beside what can be answered', async () => {
    const { data, errors } = await asked(graph, '{ name shape { colour } painted { colour } }');
    expect(data).toEqual({ name: 'shapes', shape: null, painted: { colour: 'red' } });
    expect(errors?.map(({ path }) => path)).toEqual([['shape']]);
  });
});

describe('a union of which subgraphs know different members', () => {
  const part = (own: string, field: string) => `
    type Query { ${field}: Box } type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable } type Wrap @shareable { things: [[Thing!]] thing(first: Int): Thing }
    union Thing = Pen | ${own} type Pen @shareable { ink: String } type ${own} { own(max: Int): String rest: Rest${own} } type Rest${own} { size: Int }`;
  const box = (own: string) => {
    const thing = { __typename: own, own: (args: { max?: number }) => `my ${own}`.slice(0, args.max), rest: { size: 3 } };
    return { __resolveReference: () => ({}), wrap: () => ({ things: [[{ __typename: 'Pen', ink: 'blue' }, thing]], thing }) };
  };
  const graph: Graph = {
    a: [part('Cup', 'left'), { Query: { left: () => ({ id: '1' }) }, Box: box('Cup') }],
    b: [part('Mug', 'right'), { Query: { right: () => ({ id: '1' }) }, Box: box('Mug') }],
  };
  const things = 'wrap { things { ... on Pen { ink } ...Cups ... on Mug { own } } thing(first: 1) { ... on Mug { short: own(max: $max) } ...Cups } }';
  const cups = 'fragment Cups on Cup { short: own(max: $max) rest { size } __typename }';

  test('is asked for all that the subgraph knows, also where another does not know it', async () => {
    const { data, errors } = await asked(graph, `query ($max: Int) { left { ${things} } right { ${things} } } ${cups}`, { max: 4 });
    const cup = { short: 'my C', rest: { size: 3 }, __typename: 'Cup' };
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      left: { wrap: { things: [[{ ink: 'blue' }, cup]], thing: cup } },
      right: { wrap: { things: [[{ ink: 'blue' }, { own: 'my Mug' }]], thing: { short: 'my M' } } },
    });
  });
});

describe('a shared field', () => {
  const page = (type: string) => `type Query { page: Page @shareable } type Page @shareable { title: ${type} }`;

  test('is null where one subgraph allows it and the other not', async () => {
    const graph: Graph = {
      a: [`${page('String!')} extend type Page { words: Int! }`, { Query: { page: () => ({ title: 'A', words: 3 }) } }],
      b: [`${page('String')} extend type Page { lead: String }`, { Query: { page: () => ({ title: null, lead: 'B' }) } }],
    };
    expect(await asked(graph, '{ page { words title } }')).toEqual({ data: { page: { words: 3, title: 'A' } } });
    expect(await asked(graph, '{ page { lead title } }')).toEqual({ data: { page: { lead: 'B', title: null } } });
  });
});

describe('an enum of which subgraphs know different values', () => {
  const graph: Graph = {
    a: [
      'type Query { item: Item items(state: Phase): [Item] } type Item @key(fields: "id") { id: ID! state: State @shareable } enum State { OPEN LATE } enum Phase { EARLY LATE }',
      { Query: { item: () => ({ id: '1', state: 'LATE' }), items: (_root, { state }) => [{ id: state }] } },
    ],
    b: [
      'type Query { other: Item find(state: Phase): Item } type Item @key(fields: "id") { id: ID! state: State @shareable } enum State { OPEN DONE } enum Phase { LATE FINAL }',
      { Query: { other: () => ({ id: '2', state: 'DONE' }), find: (_root, { state }) => ({ id: state, state: 'OPEN' }) } },
    ],
  };

  test('has all of them in what is answered', async () => {
    expect(await asked(graph, '{ item { state } other { state } }')).toEqual({ data: { item: { state: 'LATE' }, other: { state: 'DONE' } } });
  });

  test('has those in what is asked that all know', async () => {
    const query = 'query ($state: Phase) { items(state: $state) { id } find(state: LATE) { id } }';
    expect(await asked(graph, query, { state: 'LATE' })).toEqual({ data: { items: [{ id: 'LATE' }], find: { id: 'LATE' } } });
    const { data, errors } = await asked(graph, query, { state: 'FINAL' });
    expect([data, errors?.[0]?.message]).toEqual([undefined, expect.stringContaining('does not exist in "Phase" enum')]);
  });
});

test('a reference whose key is null leads on where the next subgraph knows what that means', async () => {
  const graph: Graph = {
    a: [
      'type Query { lines: [Line] } type Line { item: Item } type Item @key(fields: "code") { code: ID }',
      { Query: { lines: () => [{ item: { code: 'x' } }, { item: { code: null } }] } },
    ],
    b: [
      'type Item @key(fields: "code") @key(fields: "id") { code: ID id: ID! }',
      { Item: { __resolveReference: ({ code }) => (code === null ? null : { code, id: `id of ${code}` }) } },
    ],
    c: ['type Item @key(fields: "id") { id: ID! name: String }', { Item: { ...given, name: ({ id }) => `name of ${id}` } }],
  };
  expect(await asked(graph, '{ lines { item { code name } } }')).toEqual({
    data: { lines: [{ item: { code: 'x', name: 'name of id of x' } }, { item: { code: null, name: null } }] },
  });
});
