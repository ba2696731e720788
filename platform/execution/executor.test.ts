import { execute, type GraphQLResolveInfo, parse } from 'graphql';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { describe, expect, test } from 'vitest';
import { createExecutor } from './executor.ts';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query {
    things(first: Int = 2, kind: Kind, filter: Filter): [Thing!]
    thing(id: ID!): Thing
    info: String
    strict: Strict!
    beside: String
    asked: String
    any: [Named]
  }
  type Mutation { step(name: String!): Step! }
  type Step { name: String! later: String broken: String! }
  type Strict { must: String! may: String }
  enum Kind { LARGE SMALL }
  input Filter { kind: Kind = LARGE words: [String!] }
  interface Named { name: String }
  type Thing implements Named @key(fields: "id") { id: ID! name(locale: String = "en"): String number: Int own: String }
  type Other implements Named @key(fields: "id") { id: ID! name: String other: Int }
  type Alone @key(fields: "id") { id: ID! }
`;

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Seen {
  readonly args: unknown[];
  readonly steps: string[];
  info: GraphQLResolveInfo | null;
}

const resolvers = {
  Query: {
    things: (_root: unknown, args: { first: number }, { args: seen }: Seen) => {
      seen.push(args);
      return Array.from({ length: args.first }, (_, index) => ({ id: `thing-${index}`, number: index, own: () => `own ${index}` }));
    },
    thing: async (_root: unknown, { id }: { id: string }) => ({ id, name: id, number: 'no number' }),
    info: (_root: unknown, _args: object, context: Seen, info: GraphQLResolveInfo) => {
      context.info = info;
      return info.fieldName;
    },
    strict: () => ({ must: tick(), may: Promise.reject(new Error('too late to be told of')) }),
    beside: async () => tick().then(() => 'beside'),
    any: () => [{ __typename: 'Thing', id: '1', name: 'a' }, Promise.resolve({ __typename: 'Other', name: 'b', other: 7 }), null],
  },
  Mutation: {
    step: async (_root: unknown, { name }: { name: string }, { steps }: Seen) => {
      steps.push(`${name} begins`);
      await tick();
      return { name, later: async () => tick().then(() => steps.push(`${name} ends`) && name), broken: () => tick() };
    },
  },
  Thing: {
    __resolveReference: async ({ id }: { id: string }) => {
      if (id === 'broken') throw new Error('this one fails');
      return id === 'gone' ? null : { id, number: Number(id) };
    },
    name: ({ id }: { id: string }, args: { locale: string }, { args: seen }: Seen) => {
      seen.push(args);
      return `${id} in ${args.locale}`;
    },
  },
  Other: {
    __resolveReference: ({ id }: { id: string }) => {
      if (id === 'broken') throw new Error('this one fails at once');
      return { id, other: id.length };
    },
  },
};

const schema = buildSubgraphSchema([{ typeDefs: parse(SDL), resolvers: resolvers as never }]);
const executor = createExecutor(schema);

const seen = (): Seen => ({ args: [], steps: [], info: null });
const run = (query: string, variables: Record<string, unknown> = {}, context = seen(), operationName?: string) =>
  executor({ document: parse(query), variables, context, operationName });
const byTheBook = (query: string, variables: Record<string, unknown> = {}, operationName?: string) =>
  execute({ schema, document: parse(query), contextValue: seen(), variableValues: variables, operationName });

describe('as graphql-js answers', () => {
  const CASES: Readonly<Record<string, readonly [query: string, variables?: Record<string, unknown>, operationName?: string]>> = {
    'defaults of arguments': ['{ things { id number name } }'],
    'defaults of variables': ['query ($first: Int = 1, $locale: String) { things(first: $first) { name(locale: $locale) } }'],
    'a variable that is null': ['query ($first: Int) { things(first: $first) { id } }', { first: null }],
    'input objects': ['query ($filter: Filter) { things(filter: $filter) { id } }', { filter: { words: ['a'] } }],
    'a variable that is wrong': ['query ($first: Int) { things(first: $first) { id } }', { first: 'many' }],
    'a variable that is missing': ['query ($id: ID!) { thing(id: $id) { id } }'],
    'a number for an id': ['query ($id: ID!) { thing(id: $id) { id } }', { id: 7 }],
    'an enum that there is not': ['query ($kind: Kind) { things(kind: $kind) { id } }', { kind: 'HUGE' }],
    aliases: ['{ a: thing(id: "a") { b: id id } constructor: beside toString: beside }'],
    'an alias that is no property': ['{ __proto__: beside }'],
    'fragments that overlap': ['{ any { ...N ... on Thing { id name } ... on Other { other } ...N } } fragment N on Named { __typename name }'],
    'functions and promises as values': ['{ things { own } beside strict { may } }'],
    'a value that its type cannot hold': ['{ thing(id: "a") { number id } }'],
    'one of several operations': ['query A { beside } query B { thing(id: "b") { id } }', {}, 'B'],
    'several operations without a name': ['query A { beside } query B { beside }'],
    'an operation that there is not': ['query A { beside }', {}, 'C'],
    '@skip and @include': ['query ($no: Boolean!) { beside @skip(if: $no) things { id @include(if: $no) number } }', { no: true }],
    introspection: ['{ __typename __schema { queryType { name } } __type(name: "Thing") { kind } }'],
  };

  test.each(Object.entries(CASES))('%s', async (_what, [query, variables, operationName]) => {
    const [own, stock] = [await run(query, variables, seen(), operationName), await byTheBook(query, variables, operationName)];
    const facts = ({ data, errors }: typeof own) => ({
      data: JSON.stringify(data),
      errors: errors?.map(({ path, message }) => (path ? { path } : { message })),
    });
    expect(facts(own)).toEqual(facts(stock));
  });
});

describe('arguments', () => {
  test('are coerced once for all elements of a list, and anew for other variables', async () => {
    const document = parse('query ($locale: String!) { things(first: 3) { name(locale: $locale) constant: name(locale: "zh") } }');
    const [first, second] = [seen(), seen()];
    await executor({ document, variables: { locale: 'de' }, context: first });
    await executor({ document, variables: { locale: 'fr' }, context: second });
    expect(new Set(first.args).size).toBe(3);
    expect(new Set([...first.args, ...second.args])).toEqual(new Set([{ first: 3 }, { locale: 'de' }, { locale: 'zh' }, { locale: 'fr' }]));
  });
});

describe('what a resolver is told of its field', () => {
  test('is all that graphql-js tells', async () => {
    const context = seen();
    await run('query Q($unused: String) { told: info }', { unused: 'x' }, context);
    const { info } = context;
    expect(info).toMatchObject({
      fieldName: 'info',
      path: { prev: undefined, key: 'told', typename: 'Query' },
      variableValues: { unused: 'x' },
      fragments: {},
    });
    expect([info?.parentType.name, String(info?.returnType), info?.fieldNodes.length, info?.operation.name?.value, info?.schema === schema]).toEqual([
      'Query',
      'String',
      1,
      'Q',
      true,
    ]);
  });
});

describe('failures', () => {
  test('a part that may not be null takes with it what fails in it later; what stands beside it is answered', async () => {
    const { data, errors } = await run('{ beside thing(id: "a") { id } }');
    expect({ data, errors }).toEqual({ data: { beside: 'beside', thing: { id: 'a' } }, errors: undefined });
    const lost = await run('{ beside strict { may must } }');
    expect(lost.data).toBeNull();
    expect(lost.errors?.map(({ path }) => path)).toEqual([
      ['strict', 'may'],
      ['strict', 'must'],
    ]);
  });

  test('a mutation goes on to its next field when all of the one before is done, and not after one that leaves nothing', async () => {
    const context = seen();
    await run('mutation { a: step(name: "a") { later } b: step(name: "b") { later } }', {}, context);
    expect(context.steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    const failing = seen();
    const { data } = await run('mutation { a: step(name: "a") { broken } b: step(name: "b") { later } }', {}, failing);
    expect({ data, steps: failing.steps }).toEqual({ data: null, steps: ['a begins'] });
  });
});

describe('entities', () => {
  const QUERY =
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Thing { id number } ... on Other { other } } }';

  test('each is of the type of its representation', async () => {
    const representations = [
      { __typename: 'Thing', id: '7' },
      { __typename: 'Other', id: 'abc' },
      { __typename: 'Thing', id: 'gone' },
      { __typename: 'Alone', id: 'x' },
    ];
    const own = await run(QUERY, { representations });
    expect(own).toEqual(await byTheBook(QUERY, { representations }));
    expect(own.data).toEqual({ _entities: [{ __typename: 'Thing', id: '7', number: 7 }, { __typename: 'Other', other: 3 }, null, { __typename: 'Alone' }] });
  });

  test('one that fails, at once or later, or is of no type, costs no other', async () => {
    const representations = ['Thing', 'Other', 'Nothing'].flatMap((__typename) => [
      { __typename, id: 'broken' },
      { __typename: 'Thing', id: '1' },
    ]);
    const { data, errors } = await run(QUERY, { representations });
    const one = { __typename: 'Thing', id: '1', number: 1 };
    expect(data).toEqual({ _entities: [null, one, null, one, null, one] });
    expect(errors?.map(({ path }) => path?.[1]).sort()).toEqual([0, 2, 4]);
  });
});
