import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Logger } from '#platform/logger.ts';
import { bothExecutors, compose, type Outcome } from './differential/both-executors.ts';
import { type Resolvers, subgraph, withFederation } from './differential/subgraph.ts';
import { createExecutor } from './executor.ts';

type Graph = Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>;

/** What the stock gateway answers as well, where the test is about a fault of its planner. */
async function asked(graph: Graph, query: string, variables: Record<string, unknown> = {}) {
  const sdls = withFederation(Object.fromEntries(Object.entries(graph).map(([name, [sdl]]) => [name, sdl])));
  const subgraphs = Object.fromEntries(Object.entries(graph).map(([name, [sdl, resolvers]]) => [name, subgraph(sdl, resolvers)]));
  const both = await bothExecutors(sdls, subgraphs, { isOverHttp: true });
  const own = await both.own({ query, variables });
  const calls = both.calls();
  const stock = await both.stock({ query, variables }).catch((error: unknown): Outcome => ({ data: { thrown: String(error) } }));
  return { own, calls, stock };
}

const given: Resolvers[string] = { __resolveReference: (representation) => representation };

describe('what one @requires asks for with arguments', () => {
  const comments = [5, 4, 3, 2, 1].map((likes) => ({ likes }));
  const graph: Graph = {
    posts: [
      'type Query { post: Post } type Post @key(fields: "id") { id: ID! comments(limit: Int = 2): [Comment] title(max: Int): String } type Comment { likes: Int }',
      {
        Query: { post: () => ({ id: '1' }) },
        Post: { ...given, comments: (_post, { limit }) => comments.slice(0, limit), title: (_post, { max }) => 'A long title'.slice(0, max) },
      },
    ],
    heat: [
      `type Post @key(fields: "id") {
        id: ID! comments(limit: Int = 2): [Comment] @external title(max: Int): String @external
        heat: Int @requires(fields: "comments(limit: 3) { likes }") spark: Int @requires(fields: "comments(limit: 1) { likes }") warmth: Int @requires(fields: "comments { likes }")
        sign: String @requires(fields: "title(max: 1)")
      } type Comment { likes: Int @external }`,
      {
        Post: {
          ...given,
          heat: (post) => post.comments.reduce((sum: number, { likes }: { likes: number }) => sum + likes, 0),
          spark: (post) => post.comments.reduce((sum: number, { likes }: { likes: number }) => sum + likes, 0),
          warmth: (post) => post.comments.reduce((sum: number, { likes }: { likes: number }) => sum + likes, 0),
          sign: ({ title }) => title,
        },
      },
    ],
  };

  test('is not what the client asks for by the same name', async () => {
    const { own, stock } = await asked(graph, '{ post { comments(limit: 1) { likes } heat title(max: 6) sign } }');
    expect(own).toEqual({ data: { post: { comments: [{ likes: 5 }], heat: 12, title: 'A long', sign: 'A' } } });
    expect(stock.data).not.toEqual(own.data);
  });

  test('is not what another @requires asks for', async () => {
    const { own, stock } = await asked(graph, 'query ($n: Int) { post { heat spark warmth comments(limit: $n) { likes } } }', { n: 4 });
    expect(own.data).toEqual({ post: { heat: 12, spark: 5, warmth: 9, comments: [5, 4, 3, 2].map((likes) => ({ likes })) } });
    expect(stock.data).not.toEqual(own.data);
  });

  test('is asked of the subgraph by its own name, and told of by it', async () => {
    const [sdl, resolvers] = graph['posts'] ?? ['', {}];
    const failing: Graph = { ...graph, posts: [sdl, { ...resolvers, Post: { ...resolvers['Post'], comments: () => new Error('no comments') } }] };
    const { own, calls } = await asked(failing, '{ post { heat title(max: 2) } }');
    expect(calls[0]?.query).toMatch(/:comments\(limit:3\)\{likes\}/);
    expect(own.data).toEqual({ post: { heat: null, title: 'A ' } });
    expect(own.errors?.map(({ path, message }) => [path, message])).toContainEqual([['post', 'comments'], 'no comments']);
  });
});

describe('aliases', () => {
  const graph: Graph = {
    users: [
      'type Query { me: User } type User @key(fields: "id") { id: ID! name: String size: Int }',
      { Query: { me: () => ({ id: '1', name: 'Ann', size: 0 }) }, User: { ...given, name: () => 'Ann', size: () => 0 } },
    ],
    reviews: [
      'type User @key(fields: "id") { id: ID! size: Int @external reviews(first: Int): [Int] fit: String @requires(fields: "size") }',
      { User: { ...given, reviews: ({ id }, { first }) => [Number(id), first], fit: ({ size }) => `fit ${size}` } },
    ],
  };

  test('may be names of what a plan needs for itself', async () => {
    const { own, stock } = await asked(graph, '{ me { id: name size: name __typename: name reviews(first: 2) fit again: id } }');
    expect(JSON.stringify(own.data)).toBe('{"me":{"id":"Ann","size":"Ann","__typename":"Ann","reviews":[1,2],"fit":"fit 0","again":"1"}}');
    expect(stock.data).not.toEqual(own.data);
  });

  test('stand in the paths of errors as the client wrote them', async () => {
    const [sdl, resolvers] = graph['users'] ?? ['', {}];
    const failing: Graph = { ...graph, users: [sdl, { ...resolvers, User: { ...resolvers['User'], name: () => new Error('no name') } }] };
    const { own } = await asked(failing, '{ id: me { id: name fit } }');
    expect(own.data).toEqual({ id: { id: null, fit: 'fit 0' } });
    expect(own.errors?.map(({ path }) => path)).toEqual([['id', 'id']]);
  });

  test('and variables may have any name', async () => {
    const { own } = await asked(
      graph,
      'query ($representations: Int, $contextualArgument_1_0: Boolean!) { me { reviews(first: $representations) name @skip(if: $contextualArgument_1_0) } }',
      {
        representations: 7,
        contextualArgument_1_0: true,
      },
    );
    expect(own).toEqual({ data: { me: { reviews: [1, 7] } } });
  });
});

describe('what one field lacks', () => {
  const graph: Graph = {
    products: [
      'type Query { product: Product } type Product @key(fields: "upc") @key(fields: "sku") { upc: ID! sku: ID! price: Int }',
      { Query: { product: () => ({ upc: '1' }) }, Product: { ...given, upc: ({ sku, upc }) => upc ?? sku, price: () => 5 } },
    ],
    stock: [
      'type Product @key(fields: "upc") { upc: ID! price: Int @external stock: Int! shipping: Int @requires(fields: "price") }',
      { Product: { ...given, stock: () => 3, shipping: ({ price }) => price * 2 } },
    ],
    offers: ['type Query { offer: Product } type Product @key(fields: "upc", resolvable: false) { upc: ID! }', { Query: { offer: () => ({ upc: '1' }) } }],
    list: ['type Query { best: Product } type Product @key(fields: "sku", resolvable: false) { sku: ID! }', { Query: { best: () => ({ sku: '1' }) } }],
  };

  test.each(['shipping @skip(if: true) stock', 'stock shipping @include(if: $no)'])('is no matter of its neighbours: %s', async (fields) => {
    const { own, stock } = await asked(graph, `query ($no: Boolean! = false) { best { ${fields} } }`);
    expect(own).toEqual({ data: { best: { stock: 3 } } });
    if (fields.startsWith('shipping')) expect(stock.data).toEqual({ best: null });
  });

  test('because a subgraph failed leaves its neighbours', async () => {
    const { own } = await asked(
      { ...graph, products: [graph['products']?.[0] ?? '', { Product: { __resolveReference: () => Promise.reject(new Error('closed')) } }] },
      '{ offer { stock shipping price } }',
    );
    expect(own.data).toEqual({ offer: { stock: 3, shipping: null, price: null } });
    expect(own.errors?.map(({ message }) => message)).toEqual(['closed']);
  });
});

test('what is required is fetched also where it requires something in turn, in a subgraph that was just asked', async () => {
  const { own, stock } = await asked(
    {
      a: [
        'type Query { cell: Cell } type Cell @key(fields: "id") { id: ID! size: Int }',
        { Query: { cell: () => ({ id: '1' }) }, Cell: { ...given, size: ({ id }) => Number(id) } },
      ],
      b: [
        'type Cell @key(fields: "id") { id: ID! size: Int @external volume: Int @requires(fields: "size") next: Cell }',
        { Cell: { ...given, volume: ({ size }) => size ** 3, next: () => ({ id: '2' }) } },
      ],
      c: [
        'type Cell @key(fields: "id") { id: ID! volume: Int @external label: String @requires(fields: "volume") }',
        { Cell: { ...given, label: ({ volume }) => `${volume} m³` } },
      ],
    },
    '{ cell { label next { label } } }',
  );
  expect(own).toEqual({ data: { cell: { label: '1 m³', next: { label: '8 m³' } } } });
  expect(stock.data).not.toEqual(own.data);
});

test('what requires something waits for it, also where its subgraph is reached earlier by another key', async () => {
  const { own, stock } = await asked(
    {
      a: ['type Query { crate: Crate } type Crate @key(fields: "a") { a: ID! }', { Query: { crate: () => ({ a: '1' }) } }],
      b: ['type Crate @key(fields: "a") @key(fields: "b") { a: ID! b: ID! }', { Crate: { __resolveReference: ({ a }) => ({ b: `b${a}` }) } }],
      c: [
        'type Crate @key(fields: "b") @key(fields: "c") { b: ID! c: ID! weight: Int }',
        { Crate: { __resolveReference: ({ b, c }) => ({ c: c ?? `c of ${b}`, weight: 7 }) } },
      ],
      d: [
        'type Crate @key(fields: "c") @key(fields: "d") { c: ID! d: ID! }',
        { Crate: { __resolveReference: ({ c, d }) => ({ c: c ?? `c of ${d}`, d: d ?? `d of ${c}` }) } },
      ],
      e: [
        'type Crate @key(fields: "d") { d: ID! weight: Int @external gross: Int @requires(fields: "weight") next: Crate }',
        { Crate: { ...given, gross: ({ weight }) => weight + 1, next: () => ({ d: '2' }) } },
      ],
    },
    '{ crate { gross next { weight gross } } }',
  );
  expect(own).toEqual({ data: { crate: { gross: 8, next: { weight: 7, gross: 8 } } } });
  expect(stock.data).not.toEqual(own.data);
});

test('what a type requires is not asked of the others of its interface', async () => {
  const { own, stock } = await asked(
    {
      catalogue: [
        `type Query { all: [Media] } interface Media @key(fields: "id") { id: ID! year: Int }
         type Song implements Media @key(fields: "id") { id: ID! year: Int } type Poem implements Media @key(fields: "id") { id: ID! year: Int }`,
        {
          Query: {
            all: () => [
              { __typename: 'Song', id: '1', year: 70 },
              { __typename: 'Poem', id: '2', year: 80 },
            ],
          },
        },
      ],
      ratings: [
        'type Media @key(fields: "id") @interfaceObject { id: ID! year: Int @external stars: Int decade: Int @requires(fields: "year") }',
        { Media: { ...given, stars: ({ id }) => Number(id), decade: ({ year }) => year / 10 } },
      ],
    },
    '{ all { stars ... on Song { decade } } }',
  );
  expect(own).toEqual({ data: { all: [{ stars: 1, decade: 7 }, { stars: 2 }] } });
  expect(stock.data).not.toEqual(own.data);
});

test('a subgraph is entered by keys that it resolves', async () => {
  const { own } = await asked(
    {
      a: [
        'type Query { b: B } type A @key(fields: "id") { id: ID! name: String } type B @key(fields: "id") { id: ID! a: [A!] }',
        { Query: { b: () => ({ id: '1', a: [{ id: 'x' }] }) }, A: { ...given, name: ({ id }) => `name of ${id}` } },
      ],
      b: [
        `type A @key(fields: "id", resolvable: false) @key(fields: "id code") { id: ID! code: ID! @shareable name: String @external title: String @requires(fields: "name") }`,
        { A: { __resolveReference: (one) => (one.code ? one : null), title: ({ name, code }) => `${name}, ${code}` } },
      ],
      c: ['type A @key(fields: "id") { id: ID! code: ID! @shareable }', { A: { ...given, code: ({ id }) => `code of ${id}` } }],
    },
    '{ b { a { title } } }',
  );
  expect(own).toEqual({ data: { b: { a: [{ title: 'name of x, code of x' }] } } });
});

describe('@context', () => {
  const graph: Graph = {
    a: [
      `type Query { shops: [Shop!]! fair: Fair }
       type Shop @key(fields: "id") @context(name: "place") { id: ID! currency: String items: [[Item]] }
       type Fair @key(fields: "id") @context(name: "place") { id: ID! coin: String item: Item }
       type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$place ... on Shop { currency } ... on Fair { coin }")): String }`,
      {
        Query: {
          shops: () => [
            { id: '1', currency: 'EUR', items: [[{ id: 'a' }, null], [{ id: 'b' }]] },
            { id: '2', currency: 'CNY', items: [[{ id: 'a' }]] },
            { id: '3', currency: null, items: [[{ id: 'a' }]] },
          ],
          fair: () => ({ id: '9', coin: 'groats', item: { id: 'a' } }),
        },
        Item: { ...given, price: ({ id }, args) => `${id} in ${args.in}` },
      },
    ],
    b: ['type Item @key(fields: "id") { id: ID! weight: Int }', { Item: { ...given, weight: () => 1 } }],
  };

  test('gives each what stands above it', async () => {
    const { own, calls } = await asked(graph, '{ shops { items { price weight } } fair { coin: id item { price } } }');
    const item = (price: string) => ({ price, weight: 1 });
    expect(own).toEqual({
      data: {
        shops: [{ items: [[item('a in EUR'), null], [item('b in EUR')]] }, { items: [[item('a in CNY')]] }, { items: [[item('a in null')]] }],
        fair: { coin: '9', item: { price: 'a in groats' } },
      },
    });
    expect(calls.filter(({ subgraph: name, query }) => name === 'a' && query.includes('_entities'))).toHaveLength(4);
  });
});

describe('progressive overrides', () => {
  const graph = (label: string): Graph => ({
    old: [
      'type Query { item: Item } type Item @key(fields: "id") { id: ID! from: String }',
      { Query: { item: () => ({ id: '1' }) }, Item: { ...given, from: () => 'old' } },
    ],
    new: [`type Item @key(fields: "id") { id: ID! from: String @override(from: "old", label: "${label}") }`, { Item: { ...given, from: () => 'new' } }],
  });

  test.each([
    ['percent(0)', 'old'],
    ['percent(100)', 'new'],
  ])('%s: %s', async (label, from) => {
    const { own } = await asked(graph(label), '{ item { from } }');
    expect(own).toEqual({ data: { item: { from } } });
  });
});

test('what no plan leads to is an error, not null', async () => {
  const sdls = withFederation({
    a: 'type Query { any: Node } interface Node @key(fields: "id") { id: ID! } type Thing implements Node @key(fields: "id") { id: ID! name: String }',
    b: 'type Query { there: Node } type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }',
  });
  // Not every composition looks as closely as Apollo's.
  const supergraphSdl = compose(sdls).replace(/@join__type\(graph: A, key: "id"\)/g, '@join__type(graph: A, key: "id", resolvable: false)');
  const { execute } = createExecutor({ supergraphSdl, send: async () => ({ data: {} }), log: { warn: () => {} } as unknown as Logger });
  const document = parse('{ there { ... on Thing { name } } }');
  const [operation] = document.definitions as OperationDefinitionNode[];
  const asking = execute({ document, operation: operation as OperationDefinitionNode, operationName: null, hash: '', variables: {} }, {});
  await expect(asking).rejects.toThrow('No subgraph can answer');
});
