import { buildSchema, getIntrospectionQuery, getVariableValues, introspectionFromSchema, Kind, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createPricing } from './price.ts';
import { readCosts } from './sheet.ts';

const SDL = `
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | INPUT_OBJECT | OBJECT | SCALAR
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  scalar Picture @cost(weight: 3)
  interface Item { id: ID! price: Int related: [Item] @listSize(assumedSize: 2) }
  type Book implements Item @cost(weight: 2) { id: ID! price: Int @cost(weight: 7) related: [Item] title: String cover: Picture pages: [Picture] @listSize(assumedSize: 4) }
  type Film implements Item { id: ID! price: Int related: [Item] actors: [Person!]! @listSize(assumedSize: 20) }
  type Person { name: String }
  union Found = Book | Person
  type Edge { node: Book }
  type Connection { nodes: [Book!]! edges: [Edge!]! totalCount: Int @cost(weight: 10) }
  input Filter { text: String range: Range tags: [Tag!] expensive: Int @cost(weight: 9) }
  input Range @cost(weight: 5) { from: Int to: Int }
  input Tag { name: String }
  type Query {
    book: Book
    item: Item
    found: Found
    people: [Person!]!
    grid: [[Person]]
    books(first: Int = 20, filter: Filter, near: Int @cost(weight: 4)): Connection @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])
    latest(first: Int, last: Int): [Book] @listSize(slicingArguments: ["first", "last"])
    some(first: Int, last: Int): [Book] @listSize(assumedSize: 6, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
    byIds(ids: [ID!]!): [Book] @listSize(slicingArguments: ["ids"]) @cost(weight: 30)
    cheap(use: Int @cost(weight: -50)): Book
  }
  type Mutation { rename(title: String): Book login(secret: String): Book @cost(weight: 50) }
`;
const schema = buildSchema(SDL);
const pricing = createPricing(schema, { sheet: readCosts(SDL), assumedListSize: 10, mutationWeight: 10, pageSize: 100 });

function priceOf(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('no operation');
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return pricing.of(document, operation)(coerced);
}

describe('what an operation may cost', () => {
  test.each<[string, string, Record<string, unknown>, number]>([
    ['nothing costs one', '{ __typename }', {}, 1],
    ['an object what its type says, a plain value nothing', '{ book { id title } }', {}, 2],
    ['a field its own weight for each call', '{ book { price } }', {}, 9],
    ['a weighted scalar', '{ book { cover } }', {}, 5],
    ['a list of them', '{ book { pages } }', {}, 2 + 4 * 3],
    ['a list of which nothing is said', '{ people { name } }', {}, 10],
    ['lists in lists', '{ grid { name } }', {}, 100],
    ['a page by its argument, in the fields that hold it', '{ books(first: 5) { nodes { title } } }', {}, 1 + 5 * 2],
    ['both ways of holding it', '{ books(first: 5) { nodes { title } edges { node { title } } } }', {}, 1 + 5 * 2 + 5 * (1 + 2)],
    ["a page by the argument's default", '{ books { nodes { title } } }', {}, 1 + 20 * 2],
    ['a page by a variable', 'query ($n: Int) { books(first: $n) { nodes { title } } }', { n: 3 }, 1 + 3 * 2],
    ["a page by a variable's default", 'query ($n: Int = 7) { books(first: $n) { nodes { title } } }', {}, 1 + 7 * 2],
    ['a page by a variable left out', 'query ($n: Int) { books(first: $n) { nodes { title } } }', {}, 1 + 20 * 2],
    ['what is not of the page is not counted by it', '{ books(first: 50) { totalCount } }', {}, 11],
    ['a page within a page', '{ books(first: 2) { nodes { related { id } } } }', {}, 1 + 2 * (2 + 2 * 2)],
    ['as many as ids are given', 'query ($ids: [ID!]!) { byIds(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] }, 30 + 3 * 2],
    ['one of two slicing arguments', '{ latest(last: 4) { id } }', {}, 8],
    ['none, where none is required', '{ some { id } }', {}, 12],
    ['the larger of two, where that is allowed', '{ some(first: 3, last: 5) { id } }', {}, 10],
    ['an interface costs its dearest type', '{ item { id } }', {}, 2],
    ['with what is asked of that type', '{ item { id ... on Film { actors { name } } } }', {}, 1 + 20],
    ['or of another', '{ item { price ... on Film { id } } }', {}, 2 + 7],
    ['a union likewise', '{ found { ... on Person { name } ... on Book { price } } }', {}, 9],
    ['each alias', '{ a: book { id } b: book { id } }', {}, 4],
    ['the same twice is asked once', '{ book { id } book { title cover } ...B } fragment B on Query { book { cover } }', {}, 5],
    ['what is skipped costs nothing', 'query ($s: Boolean!) { book @skip(if: $s) { id } item { id } }', { s: true }, 2],
    ['what is included costs', 'query ($s: Boolean!) { book @include(if: $s) { id } item { id } }', { s: true }, 4],
    ['an argument its weight', '{ books(first: 1, near: 5) { totalCount } }', {}, 15],
    ['an argument that is not given nothing', 'query ($n: Int) { books(first: 1, near: $n) { totalCount } }', {}, 11],
    ['an input object one', '{ books(first: 1, filter: { text: "x" }) { totalCount } }', {}, 12],
    [
      'and what its fields and types say',
      '{ books(first: 1, filter: { expensive: 1, range: { from: 1 }, tags: [{ name: "a" }, { name: "b" }] }) { totalCount } }',
      {},
      11 + 1 + 9 + 5 + 2,
    ],
    [
      'by variables alike',
      'query ($f: Filter) { books(first: 1, filter: $f) { totalCount } }',
      { f: { expensive: 1, range: { from: 1 }, tags: [{ name: 'a' }, { name: 'b' }] } },
      11 + 1 + 9 + 5 + 2,
    ],
    ['an argument can make it cheaper, but never less than nothing', '{ cheap(use: 1) { id } book { id } }', {}, 2],
    ['a mutation of which nothing is said', 'mutation { rename(title: "x") { id } }', {}, 12],
    ['each alias of a mutation', 'mutation { a: login(secret: "a") { id } b: login(secret: "b") { id } }', {}, 104],
  ])('%s', (_case, query, variables, expected) => expect(priceOf(query, variables).requested).toBe(expected));

  test.each([
    ['more than a page', '{ books(first: 101) { totalCount } }', {}, /"first" of Query.books may be at most 100; this operation asks for 101/],
    ['more than a page by a variable', 'query ($n: Int) { books(first: $n) { totalCount } }', { n: 1000 }, /asks for 1000/],
    ['a list of as many', 'query ($ids: [ID!]!) { byIds(ids: $ids) { id } }', { ids: Array.from({ length: 500 }, () => 'x') }, /asks for 500/],
    ['two slicing arguments', '{ latest(first: 1, last: 1) { id } }', {}, /takes exactly one of "first", "last"; "first" and "last" are given/],
    ['no slicing argument', '{ latest { id } }', {}, /exactly one of "first", "last"; none is given/],
    [
      'the schema many times over',
      `{ ${Array.from({ length: 9 }, (_, i) => `a${i}: __schema { types { fields { name args { name type { name ofType { name } } } type { name ofType { name } } } } }`).join(' ')} }`,
      {},
      /objects of the schema at most/,
    ],
  ])('%s is refused', (_case, query, variables, sentence) => expect(() => priceOf(query, variables)).toThrow(sentence));

  test('fragments that double cost in no time what they cost', () => {
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Book { related { ... on Book { ...F${i + 1} } } also: related { ... on Book { ...F${i + 1} } } }`,
    ).join(' ');
    expect(priceOf(`{ book { ...F0 } } ${doubling} fragment F60 on Book { id }`).requested).toBeGreaterThan(1e20);
  });
});

describe('what an answer cost', () => {
  test('is counted as it was estimated, by what it holds', () => {
    const query = '{ books(first: 50) { totalCount nodes { price pages } } item { price ... on Film { actors { name } } } }';
    const price = priceOf(query);
    const data = {
      books: {
        totalCount: 2,
        nodes: [
          { price: 1, pages: [] },
          { price: null, pages: ['a', 'b'] },
        ],
      },
      item: { __typename: 'Film', price: 3, actors: [{ name: 'x' }] },
    };
    expect(price.actual(data)).toBe(1 + 10 + 2 * (2 + 7) + 2 * 3 + (1 + 1));
    expect(price.actual({ books: null, item: null })).toBe(1);
  });

  test('of a type that was not asked for is the least that it can have been', () => {
    expect(priceOf('{ item { price } }').actual({ item: { price: 3 } })).toBe(1);
    expect(priceOf('{ item { __typename price } }').actual({ item: { __typename: 'Book', price: 3 } })).toBe(9);
  });

  test('of which nothing came back is what was asked', () => expect(priceOf('{ books { totalCount } }').actual(null)).toBe(11));

  test('the schema costs little, and less than was thought', () => {
    const price = priceOf(getIntrospectionQuery());
    const actual = price.actual(introspectionFromSchema(schema) as unknown as Record<string, unknown>);
    expect(actual).toBeLessThanOrEqual(price.requested);
    expect(price.requested).toBeLessThan(50);
  });
});

test('the directives are read under the names that a supergraph gives them', () => {
  const linked = (as: string) => `
    schema @link(url: "https://specs.apollo.dev/link/v1.0") ${as} { query: Query }
    type Query { a: Int @price(weight: 3) b: [Int] @howMany(assumedSize: 4) c: Int @cost(weight: "5.5") d: [Int] @cost__listSize(assumedSize: 2) }`;
  const renamed = readCosts(
    linked('@link(url: "https://specs.apollo.dev/cost/v0.1", import: [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@howMany" }])'),
  );
  expect([[...renamed.weights], renamed.listSizes.get('Query.b')?.assumedSize]).toEqual([[['Query.a', 3]], 4]);
  const plain = readCosts(linked('@link(url: "https://specs.apollo.dev/cost/v0.1")'));
  expect([[...plain.weights], plain.listSizes.get('Query.d')?.assumedSize]).toEqual([[['Query.c', 5.5]], 2]);
});
