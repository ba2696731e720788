import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guestSession, openShop, rootOf, signUp, staffMember } from './actors.ts';
import { startGraph, type TestGraph } from './graph.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
});
afterAll(() => graph[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const send = (init: RequestInit & { path?: string }) => fetch(`${graph.url}${init.path ?? '/graphql'}`, { method: 'POST', headers: json, ...init });
const body = (query: string, more: object = {}) => JSON.stringify({ query, ...more });

describe('a request that is no operation is told what would be right', () => {
  test.each<[string, RequestInit & { path?: string }, number, RegExp]>([
    ['not JSON', { body: '{query' }, 400, /not JSON/],
    ['an array', { body: `[${body('{ __typename }')}]` }, 400, /Batches are not accepted/],
    ['a number', { body: '5' }, 400, /must be an object/],
    ['no query', { body: '{}' }, 400, /"query" must be a non-empty string/],
    ['variables as text', { body: body('{ __typename }', { variables: '{}' }) }, 400, /"variables" must be an object/],
    ['a form post', { headers: { 'content-type': 'text/plain' }, body: body('mutation { guestSessionCreate { guestToken } }') }, 415, /application\/json/],
    ['PUT', { method: 'PUT', body: body('{ __typename }') }, 405, /POST/],
    [
      'a mutation by GET',
      { method: 'GET', path: `/graphql?query=${encodeURIComponent('mutation { guestSessionCreate { guestToken } }')}` },
      405,
      /Only queries/,
    ],
    ['more than the limit', { body: body(`{ __typename } #${'x'.repeat(100_000)}`) }, 413, /at most 100000 bytes/],
    ['a syntax error', { body: body('{ products(') }, 400, /Syntax Error/],
    ['an unknown field', { body: body('{ prodcts { nodes { id } } }') }, 400, /Cannot query field "prodcts" on type "Query"\.$/],
    ['two operations, none named', { body: body('query A { __typename } query B { __typename }') }, 400, /name one/],
    [
      'a value that no scalar takes',
      { body: body('{ products(filter: { priceMin: { amount: 1e3, currency: "CNY" } }) { nodes { id } } }') },
      400,
      /^MinorUnits must be a whole number/,
    ],
    [
      'a currency that is none',
      { body: body('{ products(filter: { priceMin: { amount: 1, currency: "XYZ" } }) { nodes { id } } }') },
      400,
      /^CurrencyCode must be an ISO 4217 code/,
    ],
    [
      'a control character',
      { body: body('query ($slug: String!) { categoryBySlug(slug: $slug) { id } }', { variables: { slug: 'a\u0000b' } }) },
      400,
      /"variables.slug" has a control character/,
    ],
    ['a missing variable', { body: body('query ($id: ID!) { product(id: $id) { id } }') }, 400, /\$id/],
    ['a wrong currency header', { headers: { ...json, 'x-currency': 'yuan' }, body: body('{ __typename }') }, 400, /x-currency/],
    ['a country header that is none', { headers: { ...json, 'x-country': 'ZZ' }, body: body('{ __typename }') }, 400, /x-country/],
    [
      'values nested without end',
      { body: `{"query":"query ($id: ID!) { node(id: $id) { id } }","variables":{"id":${'['.repeat(40_000)}${']'.repeat(40_000)}}}` },
      400,
      /more than 100 levels/,
    ],
    [
      'fragments that double without end',
      {
        body: body(
          `{ me { ...F0 } } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on User { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F60 on User { id }`,
        ),
      },
      400,
      /at most 1000 fields/,
    ],
    ['a bad token', { headers: { ...json, authorization: 'Bearer a.b.c' }, body: body('{ __typename }') }, 401, /not valid or has expired/],
    ['another scheme', { headers: { ...json, authorization: 'Basic YTpi' }, body: body('{ __typename }') }, 401, /Bearer/],
  ])('%s', async (_case, init, status, sentence) => {
    const response = await send(init);
    const answer = (await response.json()) as { errors: { message: string; extensions: { code: string; requestId: string } }[] };
    expect([response.status, answer.errors[0]?.message]).toEqual([status, expect.stringMatching(sentence)]);
    expect(answer.errors[0]?.extensions).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), requestId: response.headers.get('x-request-id') });
  });
});

describe('what callers may see', () => {
  const asksFor = (query: string, token?: string) => graph.query(query, {}, { token });

  test('entities cannot be asked for through the public door', async () => {
    const { status, errors } = await asksFor('{ _entities(representations: []) { __typename } }');
    expect([status, errors?.[0]?.message]).toEqual([400, expect.stringContaining('Cannot query field "_entities"')]);
  });

  test('questions between subgraphs are unknown to everybody', async () => {
    const staff = await staffMember(graph);
    for (const token of [undefined, staff.token]) {
      expect((await asksFor('{ sellableVariants(ids: []) { variantId } }', token)).errors?.[0]?.message).toBe(
        'Cannot query field "sellableVariants" on type "Query".',
      );
    }
  });

  test('a field of another contract is unknown, and no suggestion names it', async () => {
    const staff = await staffMember(graph);
    const seller = await openShop(graph, staff, 'contracts');
    const partnerField = `mutation { locationUpser(input: {}) { location { id } } }`;
    expect((await asksFor(partnerField)).errors?.[0]?.message).not.toMatch(/Did you mean/);
    expect((await asksFor('{ users { nodes { id } } }')).errors?.[0]?.message).toContain('Cannot query field "users"');
    expect((await asksFor('{ users { nodes { id } } }', seller.token)).errors?.[0]?.message).toContain('Cannot query field "users"');
    expect(rootOf(await asksFor('{ users { nodes { id } } }', staff.token)).nodes.length).toBeGreaterThan(0);
  });

  test('introspection answers for the caller, mixed with data too', async () => {
    const fieldNames = async (token?: string) => {
      const { data } = await asksFor('{ __schema { queryType { fields { name } } } __typename }', token);
      expect(data.__typename).toBe('Query');
      return data.__schema.queryType.fields.map(({ name }: { name: string }) => name);
    };
    expect(await fieldNames()).not.toContain('users');
    expect(await fieldNames((await staffMember(graph)).token)).toContain('users');
    const mixed = await asksFor('{ me { id } __type(name: "Product") { name } }', (await signUp(graph, 'curious')).token);
    expect(mixed.data).toMatchObject({ me: { id: expect.stringMatching(/^user_/) }, __type: { name: 'Product' } });
  });

  test('errors about the schema have their code and the number of the request, too', async () => {
    const { errors } = await asksFor('query ($name: String! = "User") { __type(name: $name) { name } a: __type(name: 5) { name } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), requestId: expect.any(String) });
  });

  test('headers that pretend to be somebody are ignored', async () => {
    const { data } = await graph.query('{ me { id } }', {}, { headers: { 'x-user-id': 'user_1', 'x-internal-auth': 'x.y' } });
    expect(data.me).toBeNull();
  });

  test('nobody is told to sign in, a guest that he may not', async () => {
    const CLEAR = 'mutation { wishlist: userLogout { revokedSessions } }';
    expect((await asksFor(CLEAR)).errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    expect((await asksFor(CLEAR, (await guestSession(graph)).token)).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});

describe('refused before anything runs', () => {
  test('a mutation whose second field has a wrong variable changes nothing with its first', async () => {
    const who = await signUp(graph, 'half');
    const TWO = `mutation ($address: AddressCreateInput!, $context: CartContextSetInput!) {
      addressCreate(input: $address) { address { id } userErrors { code } }
      cartContextSet(input: $context) { cart { id } userErrors { code } } }`;
    const address = { postalAddress: { recipientName: 'Li Lei', countryCode: 'CN', city: 'Shanghai', line1: '1 Nanjing Road' } };
    const answer = await who.ask(TWO, { address, context: { currency: 'NOPE' } });
    expect([answer.status, answer.data, answer.errors?.[0]?.message]).toEqual([400, undefined, expect.stringContaining('CurrencyCode must be')]);
    expect((await who.must('{ me { addresses { id } } }')).addresses).toEqual([]);
  });

  test('a subscription', async () => {
    const { status, errors } = await graph.query('subscription { products { nodes { id } } }');
    expect([status, errors?.[0]?.extensions['code']]).toEqual([400, expect.stringMatching(/BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/)]);
  });
});

describe('out of range', () => {
  test.each<[string, number, RegExp]>([
    ['first: 0', 200, /"first" must be a whole number from 1 to 100/],
    ['first: -1', 200, /"first"/],
    ['first: 101', 400, /"first" of Query.products may be at most 100; this operation asks for 101/],
    ['first: 1000000000', 400, /"first"/],
    ['after: "garbage"', 200, /"after" is not a cursor/],
  ])('products(%s)', async (args, expected, sentence) => {
    const { status, errors } = await graph.query(`{ products(${args}) { nodes { id } } }`);
    expect([status, errors?.[0]?.message, errors?.[0]?.extensions['code']]).toEqual([expected, expect.stringMatching(sentence), 'BAD_USER_INPUT']);
  });

  test('ids of nothing and of nonsense are nothing', async () => {
    const { data, errors } = await graph.query(
      '{ a: product(id: "x") { id } b: product(id: "prod_01ARZ3NDEKTSV4RRFFQ69G5FAV") { id } node(id: "💥") { id } nodes(ids: ["user_1", ""]) { id } }',
    );
    expect([data, errors]).toEqual([{ a: null, b: null, node: null, nodes: [null, null] }, undefined]);
  });
});

describe('plain pages', () => {
  test.each<[string, number, RegExp]>([
    ['/health', 200, /ok/],
    ['/ready', 200, /ready/],
    ['/', 200, /Sandbox/],
    ['/explorer/', 200, /altair/i],
    ['/schema/public.graphql', 200, /type Query/],
    ['/schema/internal.graphql', 200, /type Query/],
    ['/.well-known/jwks.json', 200, /"kid"/],
    ['/nothing-here', 404, /POST \/graphql/],
    ['/explorer/..%2f..%2fpackage.json', 404, /Not found/],
    ['/explorer/%zz', 404, /Not found/],
    ['/media/%zz', 404, /./],
    ['/psp/%zz', 404, /./],
    ['/%zz', 404, /Not found/],
    ['/media/..%2f..%2fetc%2fpasswd', 404, /./],
  ])('%s', async (path, status, content) => {
    const response = await fetch(`${graph.url}${path}`);
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(content)]);
  });

  test('the public contract names no hidden field', async () => {
    const text = await (await fetch(`${graph.url}/schema/public.graphql`)).text();
    expect(text).not.toMatch(/^\s+(users|merchantReview|productCreate|sellableVariants|stockReserve|_entities)[(:]/m);
  });
});
