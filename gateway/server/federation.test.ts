import { describe, expect, test } from 'vitest';
import type { SubgraphDefinitions } from './four-subgraphs.fixture.ts';
import { runGateway } from './running-gateway.fixture.ts';

/** Prices in the currency of the user whose they are, wherever below that user they stand. */
const CONTEXT: SubgraphDefinitions = {
  users: {
    sdl: `
      type Query { users: [User!]! guest: Guest }
      type User @key(fields: "id") @context(name: "buyer") { id: ID! currency: String! cart: [Line!]! best: Line }
      type Guest @key(fields: "id") @context(name: "buyer") { id: ID! money: String! cart: [Line!]! }
      type Line @key(fields: "sku") { sku: ID! price(currency: String @fromContext(field: "$buyer ... on User { currency } ... on Guest { money }")): String! }
    `,
    resolvers: {
      Query: {
        users: () => [
          { id: '1', currency: 'CNY', cart: [{ sku: 'a' }, { sku: 'b' }], best: { sku: 'a' } },
          { id: '2', currency: 'USD', cart: [{ sku: 'a' }], best: null },
        ],
        guest: () => ({ id: 'g', money: 'EUR', cart: [{ sku: 'c' }] }),
      },
      User: { __resolveReference: (given) => given },
      Guest: { __resolveReference: (given) => given },
      Line: { __resolveReference: (given) => given, price: ({ sku }, { currency }) => `${sku} in ${currency}` },
    },
  },
  names: {
    sdl: 'type Line @key(fields: "sku") { sku: ID! name: String }',
    resolvers: { Line: { __resolveReference: (given) => given, name: ({ sku }) => `name of ${sku}` } },
  },
};

test('a value from further up reaches the arguments that are made of it', async () => {
  await using graph = await runGateway(CONTEXT);
  const { data, errors } = await graph.ask('{ users { cart { price name } best { cost: price } } guest { cart { price } } }');
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    users: [
      {
        cart: [
          { price: 'a in CNY', name: 'name of a' },
          { price: 'b in CNY', name: 'name of b' },
        ],
        best: { cost: 'a in CNY' },
      },
      { cart: [{ price: 'a in USD', name: 'name of a' }], best: null },
    ],
    guest: { cart: [{ price: 'c in EUR' }] },
  });
});

test('the stock executor, which cannot do that, is refused such a supergraph', async () => {
  await expect(runGateway(CONTEXT, { executor: 'stock' })).rejects.toThrow(/cannot be served: [^]*context\/v0\.1 is for: SECURITY but is unsupported/);
});

/** Ratings know media as one object; the catalogue knows which kinds there are. */
const INTERFACE_OBJECT: SubgraphDefinitions = {
  catalogue: {
    sdl: `
      type Query { all: [Media!]! song: Song }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Song implements Media @key(fields: "id") { id: ID! title: String seconds: Int }
      type Poem implements Media @key(fields: "id") { id: ID! title: String lines: Int }
    `,
    resolvers: {
      Query: { all: () => MEDIA, song: () => MEDIA[0] },
      Media: { __resolveReference: ({ id }) => MEDIA.find((one) => one.id === id) },
      Song: { __resolveReference: ({ id }) => MEDIA.find((one) => one.id === id) },
      Poem: { __resolveReference: ({ id }) => MEDIA.find((one) => one.id === id) },
    },
  },
  ratings: {
    sdl: 'type Query { best: Media } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
    resolvers: { Query: { best: () => ({ id: 'p' }) }, Media: { __resolveReference: (given) => given, stars: ({ id }) => (id === 's' ? 3 : 5) } },
  },
};
const MEDIA = [
  { __typename: 'Song', id: 's', title: 'Song', seconds: 9 },
  { __typename: 'Poem', id: 'p', title: 'Poem', lines: 4 },
];

describe.each(['own', 'stock'])('an interface that is one object to a subgraph, by the %s executor', (executor) => {
  test.each<[string, unknown]>([
    [
      '{ all { __typename title stars ... on Song { seconds } ... on Poem { lines } } }',
      {
        all: [
          { __typename: 'Song', title: 'Song', stars: 3, seconds: 9 },
          { __typename: 'Poem', title: 'Poem', stars: 5, lines: 4 },
        ],
      },
    ],
    ['{ best { stars title ... on Poem { lines } } }', { best: { stars: 5, title: 'Poem', lines: 4 } }],
    ['{ song { stars seconds } }', { song: { stars: 3, seconds: 9 } }],
  ])('%s', async (query, data) => {
    await using graph = await runGateway(INTERFACE_OBJECT, { executor });
    const answered = await graph.ask(query);
    expect({ data: answered.data, errors: answered.errors }).toEqual({ data, errors: undefined });
  });
});
