import type { SubgraphDefinitions } from '../server/four-subgraphs.fixture.ts';

/**
 * Two subgraphs know an interface as one object, one of them without a way to it, and the other needs of it what only a
 * third one has: there is an operation here for which the planner looks without end, and takes more and more memory.
 */
export const ENDLESS: SubgraphDefinitions = {
  media: {
    sdl: `
      type Query { nodes: [Media!] }
      interface Media @key(fields: "id") { id: ID! title: String next: Media }
      type Song implements Media @key(fields: "id") { id: ID! title: String next: Media length: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String next: Media length: Int }
      type Text implements Media @key(fields: "id") { id: ID! title: String next: Media words: Int }
    `,
    resolvers: { Query: { nodes: () => [{ __typename: 'Text', id: '1', title: 'one', words: 2 }] } },
  },
  lists: {
    sdl: 'type Query { newest: Media } type Media @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }',
    resolvers: { Query: { newest: () => ({ id: '1' }) } },
  },
  makers: {
    sdl: `
      type Query { makers: [Maker] }
      type Media @key(fields: "id") @interfaceObject { id: ID! title: String @external maker: Maker credit: String @requires(fields: "title") }
      type Maker @key(fields: "id") { id: ID! name: String made: [Media!] }
    `,
    resolvers: { Query: { makers: () => [{ id: 'a', name: 'Ann' }] } },
  },
};

/** `salt` makes it one that was never seen before, in all but its shape. */
export const endless = (salt: string): string => `query Q${salt} { a${salt}: newest { ... on Text { c${salt}: credit } } }`;
