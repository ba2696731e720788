import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from './actors.ts';
import { argumentsOf, operationFor, selectionFor, variablesFor } from './garbage.ts';
import { type Answered, startGraph, type TestGraph } from './graph.ts';
import { seeded } from './random.ts';
import { createWorld, type World } from './world.ts';

interface Rule {
  readonly authenticated: boolean;
  readonly scopes?: readonly (readonly string[])[];
}

const schemaFile = (name: string) => readFileSync(`${import.meta.dirname}/../schema/${name}`, 'utf8');
const contract = (name: string): GraphQLSchema => buildSchema(schemaFile(`${name}.graphql`), { assumeValid: true });
const rules = Object.entries(JSON.parse(schemaFile('authorization.json')) as Record<string, Rule>);
const schemas = { public: contract('public'), partner: contract('partner'), internal: contract('internal') };
type Contract = keyof typeof schemas;

let graph: TestGraph;
let world: World;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
  world = await createWorld(graph);
});
afterAll(() => graph[Symbol.asyncDispose]());

const NOBODY = { ask: (query: string, variables?: object) => graph.query(query, variables) };
const codeOf = ({ errors }: Answered) => errors?.[0]?.extensions['code'];
const fieldOf = (schema: GraphQLSchema, coordinate: string) => {
  const [typeName = '', fieldName = ''] = coordinate.split('.');
  const type = schema.getType(typeName) as GraphQLObjectType | undefined;
  return { type, fieldName, isKnown: type?.getFields()[fieldName] !== undefined };
};

/** The root field with arguments that fit its types and name the seller's and the buyer's things. */
function ask(actor: Pick<Actor, 'ask'>, coordinate: string, seen: Contract): Promise<Answered> {
  const { type, fieldName } = fieldOf(schemas[fieldOf(schemas[seen], coordinate).isKnown ? seen : 'internal'], coordinate);
  if (!type) throw new Error(`${coordinate} is not in the internal contract`);
  // What is asked of the answer is the least there is, so that the root field alone decides.
  const operation = operationFor(type, fieldName, 1);
  return actor.ask(operation, variablesFor(type, fieldName, { random: seeded(7), ids: world.ids, odd: 0, wrong: 0 }));
}

/** Does a caller of this contract, with these scopes, get past the rule; and if not, how is he told? */
function denial({ scopes }: Rule, coordinate: string, caller: { contract: Contract; scopes: readonly string[] } | null): string | null {
  const schema = schemas[caller?.contract ?? 'public'];
  if (!fieldOf(schema, coordinate).isKnown) return 'GRAPHQL_VALIDATION_FAILED';
  if (caller === null) return 'UNAUTHENTICATED';
  return scopes === undefined || scopes.some((group) => group.every((scope) => caller.scopes.includes(scope))) ? null : 'FORBIDDEN';
}

const scopesOf = async (actor: Actor): Promise<string[]> => JSON.parse(Buffer.from(actor.token.split('.')[1] ?? '', 'base64url').toString()).scp;

const roots = rules.filter(([coordinate]) => /^(Query|Mutation)\./.test(coordinate));

describe('a root field refuses who has no right to it, before it looks at anything', () => {
  test.each(roots)('%s: nobody', async (coordinate, rule) => {
    expect(codeOf(await ask(NOBODY, coordinate, 'public'))).toBe(denial(rule, coordinate, null));
  });

  const callers: [string, Contract, (world: World) => Actor][] = [
    ['a guest', 'public', ({ guest }) => guest],
    ['a buyer', 'public', ({ stranger }) => stranger],
    ['a seller', 'partner', ({ rival }) => rival],
    ['staff with few scopes', 'internal', ({ supporter }) => supporter],
  ];
  test.each(callers)('%s', async (_name, callersContract, of) => {
    const actor = of(world);
    const scopes = await scopesOf(actor);
    const refused = roots.flatMap(([coordinate, rule]) => {
      const code = denial(rule, coordinate, { contract: callersContract, scopes });
      return code === null ? [] : [[coordinate, code] as const];
    });
    const told: (readonly [string, unknown])[] = [];
    for (const [coordinate] of refused) told.push([coordinate, codeOf(await ask(actor, coordinate, callersContract))]);
    expect(refused.length).toBeGreaterThan(0);
    expect(told).toEqual(refused);
  });
});

/** Root fields that name somebody's own thing by its id. */
const OWNED =
  /order|payment|pay\b|refund|shipment|pickup|address|session|cartLinesUpdate|checkout|review(Update|Delete|Create)|product(Update|Publish|Unpublish|Archive|MediaSet|VariantsSet|Create)|inventory|location|shippingRate|\.coupon|merchant(Update|Member)/i;
const OWN_LISTS = ['Query.orders', 'Query.paymentAnomalies', 'Mutation.addressCreate', 'Mutation.couponCreate'];

describe('the right scope over the wrong thing', () => {
  const ofOthers = roots.map(([coordinate]) => coordinate).filter((coordinate) => OWNED.test(coordinate) && !OWN_LISTS.includes(coordinate));

  test.each([
    ['stranger', 'public'],
    ['rival', 'partner'],
  ] as const)('%s finds nothing and changes nothing', async (name, seen) => {
    const before = await snapshot();
    const reached: unknown[] = [];
    for (const coordinate of ofOthers) {
      const answer = await ask(world[name], coordinate, seen);
      if (codeOf(answer) !== undefined && codeOf(answer) !== 'INTERNAL_SERVER_ERROR') continue;
      const [payload] = Object.values<any>(answer.data ?? {});
      if (payload !== null && !payload?.userErrors?.some(({ code }: { code: string }) => code === 'NOT_FOUND' || code === 'NOT_PURCHASED'))
        reached.push([coordinate, answer]);
    }
    expect(reached).toEqual([]);
    expect(await snapshot()).toEqual(before);
  });

  /** What the owners see of their own. */
  async function snapshot(): Promise<unknown> {
    const { seller, buyer, ids } = world;
    const NODE = `query ($ids: [ID!]!) { nodes(ids: $ids) { id
      ... on Order { status version } ... on OrderGroup { status } ... on Payment { status } ... on RefundRequest { status } ... on Review { rating body }
      ... on Product { status title updatedAt } ... on ProductVariant { sku price { amount } } ... on Cart { version totalQuantity } ... on Address { label updatedAt } ... on Merchant { name } ... on Coupon { code enabled } } }`;
    const all = Object.entries(ids).flatMap(([word, known]) => (word === 'session' ? [] : known));
    return [(await buyer.ask(NODE, { ids: all })).data, (await seller.ask(NODE, { ids: all })).data];
  }
});

describe('a protected field of an object', () => {
  const WORD_OF: Readonly<Record<string, string>> = {
    Order: 'order',
    OrderGroup: 'group',
    OrderLine: 'orderline',
    Payment: 'payment',
    RefundRequest: 'refund',
    Shipment: 'shipment',
    User: 'user',
    Merchant: 'merchant',
    Product: 'product',
    ProductVariant: 'variant',
    Category: 'category',
    Coupon: 'coupon',
    Review: 'review',
  };
  const fields = rules.filter(([coordinate]) => !/^(Query|Mutation)\./.test(coordinate));

  /** The field of the owner's object, asked by way of `node`. */
  function askField(actor: Pick<Actor, 'ask'>, coordinate: string, seen: Contract): Promise<Answered> {
    const { type, fieldName } = fieldOf(schemas[fieldOf(schemas[seen], coordinate).isKnown ? seen : 'internal'], coordinate);
    const field = type?.getFields()[fieldName];
    const [id] = world.ids[WORD_OF[type?.name ?? ''] ?? ''] ?? [];
    if (!type || !field || id === undefined) throw new Error(`the world has no ${coordinate}`);
    const { declared, passed } = argumentsOf(field);
    const query = `query ($id: ID! ${declared}) { node(id: $id) { ... on ${type.name} { ${fieldName}${passed && `(${passed})`} ${selectionFor(field.type, 1)} } } }`;
    return actor.ask(query, { ...variablesFor(type, fieldName, { random: seeded(7), ids: world.ids, odd: 0, wrong: 0 }), id });
  }

  const valueIn = ({ data }: Answered, coordinate: string) => data?.node?.[coordinate.split('.')[1] ?? ''] ?? null;

  test.each(fields)('%s: nobody gets it', async (coordinate, rule) => {
    const answer = await askField(NOBODY, coordinate, 'public');
    expect(valueIn(answer, coordinate)).toBeNull();
    // Of what may not even be known to exist there is nothing to refuse.
    if (codeOf(answer) !== undefined) expect(codeOf(answer)).toBe(denial(rule, coordinate, null));
  });

  test.each(fields)('%s: a stranger does not get it', async (coordinate) => {
    const answer = await askField(world.stranger, coordinate, 'public');
    // A list may be empty instead.
    const value = valueIn(answer, coordinate);
    expect(Array.isArray(value) ? value : (value?.nodes ?? value ?? null), JSON.stringify(answer)).toSatisfy(
      (seen: unknown) => seen === null || (Array.isArray(seen) && seen.length === 0),
    );
    expect(codeOf(answer)).not.toBe('INTERNAL_SERVER_ERROR');
  });

  test('the owner, or who has the scope, gets past every rule', async () => {
    const owners = [
      [world.buyer, 'public'],
      [world.seller, 'partner'],
      [world.staff, 'internal'],
    ] as const;
    const shut: unknown[] = [];
    for (const [coordinate] of fields) {
      const answers = await Promise.all(owners.map(([actor, seen]) => askField(actor, coordinate, seen)));
      if (answers.every((answer) => answer.errors !== undefined)) shut.push([coordinate, answers.map(codeOf)]);
    }
    expect(shut).toEqual([]);
  });
});
