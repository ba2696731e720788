import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse } from 'graphql';
import type { Resolvers } from '../execution/differential/subgraph.ts';

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@inaccessible", "@interfaceObject", "@override", "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext", "@cost"])`;

/** One call as a subgraph received it. */
export interface Call {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export interface SubgraphServer {
  readonly url: string;
  readonly calls: Call[];
  /** Takes the place of the honest answer for as long as it is set. */
  misbehave: ((response: ServerResponse, honest: () => Promise<string>, call: Call) => unknown) | null;
  close(): Promise<void>;
}

/** A subgraph on a port of its own. Its resolvers get the call as their context. */
async function serveSubgraph(schema: GraphQLSchema): Promise<SubgraphServer> {
  const calls: Call[] = [];
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { query, variables = {}, operationName } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const call: Call = { query, variables, headers: request.headers };
    calls.push(call);
    const honest = async () => JSON.stringify(await execute({ schema, document: parse(query), variableValues: variables, operationName, contextValue: call }));
    if (served.misbehave) return void served.misbehave(response, honest, call);
    response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const served: SubgraphServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    calls,
    misbehave: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return served;
}

interface SubgraphDefinition {
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

export type SubgraphDefinitions = Readonly<Record<string, SubgraphDefinition>>;

const schemaOf = ({ sdl, resolvers }: SubgraphDefinition): GraphQLSchema =>
  buildSubgraphSchema([{ typeDefs: parse(`${FEDERATION}\n${sdl}`), resolvers: resolvers as never }]);

function composed(sdls: Readonly<Record<string, string>>, urls: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(sdls).map(([name, sdl]) => ({ name, url: urls[name] ?? '', typeDefs: parse(`${FEDERATION}\n${sdl}`) })),
  );
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

const users = [
  { id: '1', name: 'Ann', email: 'ann@example.test' },
  { id: '2', name: 'Bo', email: 'bo@example.test' },
];
const products = [
  { upc: 'a', name: 'Table', price: 899, weight: 100 },
  { upc: 'b', name: 'Couch', price: 1299, weight: 1000 },
  { upc: 'c', name: 'Chair', price: 54, weight: 50 },
];
const reviews = [
  { id: 'r1', body: 'Love it!', authorId: '1', upc: 'a' },
  { id: 'r2', body: 'Too expensive.', authorId: '1', upc: 'b' },
  { id: 'r3', body: 'Could be better.', authorId: '2', upc: 'c' },
  { id: 'r4', body: 'Prefer something else.', authorId: '2', upc: 'a' },
];

/** Users, products, stock and reviews: each knows the others' entities by their keys. */
export const SHOP: SubgraphDefinitions = {
  accounts: {
    sdl: `
      type Query { me: User users: [User!]! }
      type Mutation { rename(name: String!): User }
      type User @key(fields: "id") { id: ID! name: String email: String! }
    `,
    resolvers: {
      Query: { me: () => users[0], users: () => users },
      Mutation: { rename: (_root, { name }) => ({ ...users[0], name }) },
      User: { __resolveReference: ({ id }) => users.find((user) => user.id === id) },
    },
  },
  products: {
    sdl: `
      type Query { topProducts(first: Int = 2): [Product] }
      type Product @key(fields: "upc") { upc: ID! name: String price: Int weight: Int }
    `,
    resolvers: {
      Query: { topProducts: (_root, { first }) => products.slice(0, first) },
      Product: { __resolveReference: ({ upc }) => products.find((product) => product.upc === upc) },
    },
  },
  inventory: {
    sdl: `
      type Product @key(fields: "upc") { upc: ID! price: Int @external weight: Int @external inStock: Boolean shippingEstimate: Int @requires(fields: "price weight") }
    `,
    resolvers: {
      Product: {
        __resolveReference: (given) => given,
        inStock: ({ upc }) => upc !== 'b',
        shippingEstimate: ({ price, weight }) => (price > 1000 ? 0 : weight / 2),
      },
    },
  },
  reviews: {
    sdl: `
      type Query { latestReview: Review }
      type Review @key(fields: "id") { id: ID! body: String! author: User product: Product }
      type User @key(fields: "id") { id: ID! reviews: [Review] }
      type Product @key(fields: "upc") { upc: ID! reviews: [Review] }
    `,
    resolvers: {
      Query: { latestReview: () => reviews[0] },
      Review: { author: ({ authorId }) => ({ id: authorId }), product: ({ upc }) => ({ upc }) },
      User: { __resolveReference: (given) => given, reviews: ({ id }) => reviews.filter(({ authorId }) => authorId === id) },
      Product: { __resolveReference: (given) => given, reviews: ({ upc }) => reviews.filter((review) => review.upc === upc) },
    },
  },
};

export interface Served extends AsyncDisposable {
  readonly servers: Readonly<Record<string, SubgraphServer>>;
  /** The supergraph, with the addresses of the servers. */
  readonly supergraphSdl: string;
  callCount(): number;
  forgetCalls(): void;
}

/** Each subgraph on a port of its own, and what they compose to. */
export async function serveAll(definitions: SubgraphDefinitions): Promise<Served> {
  const servers: Record<string, SubgraphServer> = {};
  for (const [name, definition] of Object.entries(definitions)) servers[name] = await serveSubgraph(schemaOf(definition));
  const of = <T>(pick: (server: SubgraphServer) => T) => Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, pick(server)]));
  const sdls = Object.fromEntries(Object.entries(definitions).map(([name, { sdl }]) => [name, sdl]));
  return {
    servers,
    supergraphSdl: composed(
      sdls,
      of(({ url }) => url),
    ),
    callCount: () => Object.values(servers).reduce((sum, { calls }) => sum + calls.length, 0),
    forgetCalls: () => {
      for (const { calls } of Object.values(servers)) calls.length = 0;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
