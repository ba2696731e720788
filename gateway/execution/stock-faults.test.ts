import { describe, expect, test } from 'vitest';
import { bothExecutors, type Outcome } from './differential/both-executors.ts';
import { type Resolvers, subgraph, withFederation } from './differential/subgraph.ts';

type Graph = Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>;

async function ask(graph: Graph, query: string): Promise<{ stock: Outcome; own: Outcome }> {
  const sdls = withFederation(Object.fromEntries(Object.entries(graph).map(([name, [sdl]]) => [name, sdl])));
  const both = await bothExecutors(sdls, Object.fromEntries(Object.entries(graph).map(([name, [sdl, resolvers]]) => [name, subgraph(sdl, resolvers)])));
  const operation = { query, variables: {} };
  return { stock: await both.stock(operation), own: await both.own(operation) };
}

const told = ({ errors = [] }: Outcome) => errors.map(({ path, message }) => ({ path, message }));

describe('where the stock executor is wrong, ours differs from it:', () => {
  const mixed: Graph = {
    library: [
      'type Query { items: [Item] } interface Item { id: ID! } type Book implements Item @key(fields: "id") { id: ID! } type Film implements Item @key(fields: "id") { id: ID! }',
      {
        Query: {
          items: () => [
            { __typename: 'Book', id: 'b' },
            { __typename: 'Film', id: 'f' },
          ],
        },
      },
    ],
    ratings: [
      'type Film @key(fields: "id") { id: ID! rating: Int }',
      { Film: { __resolveReference: ({ id }) => ({ id }), rating: () => Promise.reject(new Error('no rating')) } },
    ],
  };

  test('an error of an entity stands at that entity, also in a list of which not every element was asked for', async () => {
    const { stock, own } = await ask(mixed, '{ items { id ... on Film { rating } } }');
    expect(told(own)).toEqual([{ path: ['items', 1, 'rating'], message: 'no rating' }]);
    expect(told(stock)[0]?.path).toEqual(['items', 0, 'rating']);
  });

  test('no path holds what only the plan knows', async () => {
    const ratings = mixed['ratings'];
    const throwing = {
      ...mixed,
      ratings: [
        ratings?.[0] ?? '',
        {
          Film: {
            __resolveReference: () => {
              throw new Error('no films');
            },
          },
        },
      ] as const,
    };
    const { stock, own } = await ask(throwing, '{ items { id ... on Film { rating } } }');
    expect(told(own)).toEqual([{ path: ['items'], message: 'no films' }]);
    expect(told(stock)[0]?.path).toEqual(['items', '@', '_entities']);
    expect(own.data).toEqual({ items: [{ id: 'b' }, { id: 'f', rating: null }] });
  });

  test('keys come in the order in which a field is first selected, as the specification has it', async () => {
    const me: Graph = { a: ['type Query { me: User } type User { one: Int two: Int three: Int }', { Query: { me: () => ({ one: 1, two: 2, three: 3 }) } }] };
    const { stock, own } = await ask(me, '{ me { one } ... on Query { me { two } } me { three } }');
    expect(JSON.stringify(own.data)).toBe('{"me":{"one":1,"two":2,"three":3}}');
    expect(JSON.stringify(stock.data)).toBe('{"me":{"one":1,"three":3,"two":2}}');
  });

  const shop = (stockOf: (id: string) => unknown): Graph => ({
    orders: [
      'type Query { lines: [Line] broken: Int } type Line { product: Product must: Product! } type Product @key(fields: "id") { id: ID! }',
      { Query: { lines: () => [{ product: { id: '1' }, must: { id: '2' } }], broken: () => Promise.reject(new Error('broken')) } },
    ],
    products: ['type Product @key(fields: "id") { id: ID! name: String! }', { Product: { __resolveReference: ({ id }) => stockOf(id) } }],
  });

  test('a nullable reference to what its owner answers with null is null, and no error', async () => {
    const { stock, own } = await ask(
      shop(() => null),
      '{ lines { product { id name } } }',
    );
    expect(own).toEqual({ data: { lines: [{ product: null }] } });
    expect(stock.extensions?.valueCompletion).toHaveLength(1);
  });

  test('a reference that must not be null is an error where it stands', async () => {
    const { own } = await ask(
      shop((id) => (id === '1' ? { id, name: 'one' } : null)),
      '{ lines { product { name } must { name } } }',
    );
    expect(own.data).toEqual({ lines: [null] });
    expect(told(own)).toEqual([{ path: ['lines', 0, 'must'], message: 'Cannot return null for non-nullable field Line.must.' }]);
  });

  test('such an error is told beside other errors, and once', async () => {
    const { stock, own } = await ask(
      shop(() => null),
      '{ broken lines { must { name } } }',
    );
    expect(told(own)).toEqual([
      { path: ['broken'], message: 'broken' },
      { path: ['lines', 0, 'must'], message: 'Cannot return null for non-nullable field Line.must.' },
    ]);
    expect(told(stock)).toHaveLength(1);
  });

  test('what failed is told once, by the subgraph that failed', async () => {
    const { own } = await ask(
      shop(() => Promise.reject(new Error('out of order'))),
      '{ lines { must { name } } }',
    );
    expect(own.data).toEqual({ lines: [null] });
    expect(told(own)).toEqual([{ path: ['lines', 0, 'must'], message: 'out of order' }]);
  });

  test('an object keeps its own type beside a subgraph that knows only its interface', async () => {
    const { stock, own } = await ask(
      {
        catalogue: [
          'type Query { one: Media } interface Media @key(fields: "id") { id: ID! year: Int } type Song implements Media @key(fields: "id") { id: ID! year: Int }',
          {
            Query: { one: () => ({ __typename: 'Song', id: '1', year: 7 }) },
            Song: { __resolveReference: () => ({ year: 7 }) },
            Media: { __resolveReference: () => ({ __typename: 'Song', year: 7 }) },
          },
        ],
        ratings: [
          'type Media @key(fields: "id") @interfaceObject { id: ID! year: Int @external stars: Int decade: Int @requires(fields: "year") }',
          { Media: { __resolveReference: (given) => given, stars: () => 5, decade: ({ year }) => year * 10 } },
        ],
      },
      '{ one { ... on Song { stars __typename } decade stars __typename } }',
    );
    expect(own).toEqual({ data: { one: { stars: 5, __typename: 'Song', decade: 70 } } });
    expect(stock.data).toEqual({ one: null });
  });

  test('an object is asked for by its keys, not by what a field requires of other types', async () => {
    const graph: Graph = {
      catalogue: [
        `type Query { one: Media } interface Media @key(fields: "id") { id: ID! year: Int }
         type Song implements Media @key(fields: "id") { id: ID! year: Int } type Poem implements Media @key(fields: "id") { id: ID! year: Int }`,
        { Query: { one: () => ({ __typename: 'Poem', id: '1', year: 7 }) } },
      ],
      ratings: [
        'type Media @key(fields: "id") @interfaceObject { id: ID! year: Int @external stars: Int decade: Int @requires(fields: "year") }',
        { Media: { __resolveReference: (given) => given, stars: () => 5, decade: ({ year }) => year * 10 } },
      ],
    };
    const { stock, own } = await ask(graph, '{ one { year ... on Song { stars decade } } }');
    expect(own).toEqual({ data: { one: { year: 7 } } });
    expect(told(stock)).toEqual([{ path: ['one', '_entities'], message: expect.stringContaining('entity for type "Poem"') }]);
  });

  test("a client's alias does not take the place of a type", async () => {
    const { stock, own } = await ask(
      {
        a: [
          'type Query { song: Song } type Song @key(fields: "id") { id: ID! singer: Singer } type Singer { name: String }',
          { Query: { song: () => ({ id: '1', singer: { name: 'Ann' } }) }, Song: { __resolveReference: ({ id }) => ({ id, singer: { name: 'Ann' } }) } },
        ],
        b: ['type Song @key(fields: "id") { id: ID! stars: Int }', { Song: { __resolveReference: (given) => given, stars: () => 5 } }],
      },
      '{ song { __typename: singer { name } stars } }',
    );
    expect(own).toEqual({ data: { song: { __typename: { name: 'Ann' }, stars: 5 } } });
    expect(stock).not.toEqual(own);
  });

  test('a fragment inside a fragment on an interface is not lost', async () => {
    const node: Graph = {
      a: [
        'type Query { me: User } interface Node { id: ID! } type User implements Node { id: ID! name: String }',
        { Query: { me: () => ({ id: '1', name: 'Ann' }) } },
      ],
    };
    const { stock, own } = await ask(node, '{ me { ... on Node { ... on User { name } } } }');
    expect(own).toEqual({ data: { me: { name: 'Ann' } } });
    expect(stock.data).toEqual({ me: {} });
  });

  test('0 outlives a renamed key', async () => {
    const { stock, own } = await ask(
      {
        a: [
          'type Query { all: [Any!] } union Any = A | B type A @key(fields: "id") { id: ID! x: Int! @shareable } type B { x: Int }',
          {
            Query: {
              all: () => [
                { __typename: 'A', id: '1', x: 0 },
                { __typename: 'B', x: 0 },
                { __typename: 'B', x: 5 },
              ],
            },
          },
        ],
        b: ['type A @key(fields: "id") { id: ID! x: Int @shareable }', {}],
      },
      '{ all { ... on A { x } ... on B { x } } }',
    );
    expect(own).toEqual({ data: { all: [{ x: 0 }, { x: 0 }, { x: 5 }] } });
    expect(stock.data).toEqual({ all: [{ x: 0 }, { x: null }, { x: 5 }] });
  });

  test('lists of lists are required whole', async () => {
    const { stock, own } = await ask(
      {
        a: [
          'type Query { cell: Cell } type Cell @key(fields: "id") { id: ID! rows: [[Box]] } type Box { w: Int }',
          { Query: { cell: () => ({ id: '1', rows: [[{ w: 1 }, null], []] }) } },
        ],
        b: [
          'type Cell @key(fields: "id") { id: ID! rows: [[Box]] @external sum: String @requires(fields: "rows { w }") } type Box { w: Int @external }',
          { Cell: { __resolveReference: (given) => given, sum: ({ rows }) => JSON.stringify(rows) } },
        ],
      },
      '{ cell { sum } }',
    );
    expect(own).toEqual({ data: { cell: { sum: '[[{"w":1},null],[]]' } } });
    expect(stock.data).toEqual({ cell: { sum: '[null,null]' } });
  });

  test('lists of lists grow from two subgraphs', async () => {
    const root = (side: string) => `type Query { root: Root @shareable } type Root @shareable { rows: [[Side]] } type Side @shareable { ${side}: Int }`;
    const { stock, own } = await ask(
      {
        a: [root('up'), { Query: { root: () => ({ rows: [[{ up: 1 }]] }) } }],
        b: [root('down'), { Query: { root: () => ({ rows: [[{ down: 2 }]] }) } }],
      },
      '{ root { rows { up down } } }',
    );
    expect(own).toEqual({ data: { root: { rows: [[{ up: 1, down: 2 }]] } } });
    expect(stock.data).not.toEqual(own.data);
  });

  test('an object under @skip or @include is there, also when nothing is left to ask of it', async () => {
    const { stock, own } = await ask(
      {
        a: [
          'type Query { book: Book films: [Film!] } interface Item { id: ID! } type Book implements Item { id: ID! } type Film implements Item { id: ID! }',
          { Query: { book: () => ({ id: '1' }), films: () => [{ id: '1' }, { id: '2' }] } },
        ],
      },
      'query ($isOff: Boolean! = false) { book @skip(if: $isOff) { ... on Item { ... on Film { id } } } films @skip(if: $isOff) { id @include(if: false) } }',
    );
    expect(own).toEqual({ data: { book: {}, films: [{}, {}] } });
    expect(stock.data).toEqual({ book: null, films: null });
  });
});
