import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { buildSchema, Kind, parse, print } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SubgraphDefinitions } from '../server/four-subgraphs.fixture.ts';
import { type Answered, type RunningGateway, runGateway } from '../server/running-gateway.fixture.ts';
import { createGuard } from './guard.ts';
import { separateProtection } from './protection.ts';
import { NO_RIGHTS } from './rights.ts';

const GRAPH: SubgraphDefinitions = {
  library: {
    sdl: `
      type Query { items: [Item!] item: Item shelf: Shelf me: User @authenticated results: [Result] level: Level anyone: Person guest: Person sealed: Sealed }
      type Mutation { publish: Boolean @requiresScopes(scopes: [["write"]]) note(text: String): Item }
      interface Item { id: ID! title: String }
      type Book implements Item @key(fields: "id") { id: ID! title: String isbn: String @authenticated }
      type Film implements Item @key(fields: "id") @requiresScopes(scopes: [["films"], ["all", "adult"]]) { id: ID! title: String }
      type Shelf { name: String! label: String! @policy(policies: [["librarian"]]) items: [Item!]! books: [[Book!]!]! }
      type User { id: ID! name: String }
      union Result = Book | Film
      enum Level @requiresScopes(scopes: [["levels"]]) { LOW HIGH }
      interface Person { name: String }
      type Staff implements Person { name: String @requiresScopes(scopes: [["staff"]]) }
      type Guest implements Person { name: String }
      scalar Sealed @authenticated
    `,
    resolvers: {
      Query: {
        items: () => [book, film],
        item: () => film,
        shelf: () => ({ name: 'one', label: 'top', items: [book], books: [[book]] }),
        me: () => ({ id: 'u', name: 'Ann' }),
        results: () => [book, film],
        level: () => 'LOW',
        anyone: () => ({ __typename: 'Staff', name: 'Sam' }),
        guest: () => ({ __typename: 'Guest', name: 'Gus' }),
        sealed: () => 'sealed',
      },
      Mutation: { publish: () => true, note: () => book },
    },
  },
  ratings: {
    sdl: 'type Film @key(fields: "id") { id: ID! rating: Int } type Book @key(fields: "id") { id: ID! rating: Int @authenticated }',
    resolvers: { Film: { __resolveReference: (given) => given, rating: () => 5 }, Book: { __resolveReference: (given) => given, rating: () => 3 } },
  },
};
const book = { __typename: 'Book', id: 'b', title: 'Emma', isbn: '1' };
const film = { __typename: 'Film', id: 'f', title: 'Alien' };

let token: (claims: JWTPayload) => Promise<string>;
let jwt: { keys: { from: string; keys: object[] }; issuer: string; audience: string };
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  jwt = { keys: { from: 'here', keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }, issuer: 'issuer', audience: 'graph' };
  token = (claims) =>
    new SignJWT({ iss: 'issuer', aud: 'graph', sub: 'ann', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
});

const told = ({ errors = [] }: Answered) => errors.map(({ path, extensions }) => [path?.join('.'), extensions['code']]);
const as = async (graph: RunningGateway, query: string, claims?: JWTPayload) =>
  graph.ask(query, claims ? { headers: { authorization: `Bearer ${await token(claims)}` } } : {});

describe('what the directives of a supergraph demand', () => {
  test.each<[name: string, query: string, claims: JWTPayload | undefined, data: unknown, errors: unknown]>([
    ['a field, of nobody', '{ me { name } shelf { name } }', undefined, { me: null, shelf: { name: 'one' } }, [['me', 'UNAUTHENTICATED']]],
    ['a field, of somebody', '{ me { name } }', {}, { me: { name: 'Ann' } }, []],
    ['an alias of it', '{ shelf { name } who: me { name } }', undefined, { shelf: { name: 'one' }, who: null }, [['who', 'UNAUTHENTICATED']]],
    [
      'a type, also through its interface',
      '{ item { id title } results { ... on Item { title } } }',
      {},
      { item: null, results: [{ title: null }, { title: null }] },
      [
        ['item', 'FORBIDDEN'],
        ['results.0.title', 'FORBIDDEN'],
        ['results.1.title', 'FORBIDDEN'],
      ],
    ],
    [
      'a type, where it stands among others',
      '{ results { ... on Film { title } ... on Book { title } } }',
      {},
      { results: [{ title: 'Emma' }, { title: null }] },
      [['results.1.title', 'FORBIDDEN']],
    ],
    ['its name', '{ results { __typename } }', {}, { results: [{ __typename: 'Book' }, null] }, [['results.1.__typename', 'FORBIDDEN']]],
    [
      'a type, of who has the scope',
      '{ items { title ... on Film { rating } } }',
      { scope: 'a films b' },
      { items: [{ title: 'Emma' }, { title: 'Alien', rating: 5 }] },
      [],
    ],
    ['one of several scopes together', '{ item { title } }', { scope: ['adult', 'all'] }, { item: { title: 'Alien' } }, []],
    ['half of several scopes together', '{ item { title } }', { scope: ['all'] }, { item: null }, [['item', 'FORBIDDEN']]],
    [
      'a field in another subgraph',
      '{ results { ... on Book { rating title isbn } } }',
      undefined,
      { results: [{ rating: null, title: 'Emma', isbn: null }, {}] },
      [
        ['results.0.rating', 'UNAUTHENTICATED'],
        ['results.0.isbn', 'UNAUTHENTICATED'],
      ],
    ],
    ['a policy, of a field that must not be null', '{ shelf { name label } }', {}, { shelf: null }, [['shelf.label', 'FORBIDDEN']]],
    ['a policy that is met', '{ shelf { name label } }', { policies: 'librarian' }, { shelf: { name: 'one', label: 'top' } }, []],
    ['lists of lists', '{ shelf { books { isbn } } }', undefined, { shelf: { books: [[{ isbn: null }]] } }, [['shelf.books.0.0.isbn', 'UNAUTHENTICATED']]],
    ['an enum', '{ level }', {}, { level: null }, [['level', 'FORBIDDEN']]],
    ['a scalar', '{ sealed }', undefined, { sealed: null }, [['sealed', 'UNAUTHENTICATED']]],
    ['an implementation, asked through its interface', '{ anyone { name } }', {}, { anyone: { name: null } }, [['anyone.name', 'FORBIDDEN']]],
    ['no more of one implementation than of another', '{ guest { ... on Staff { name } ... on Guest { name } } }', undefined, { guest: { name: 'Gus' } }, []],
    [
      'what is in fragments',
      '{ ...Q } fragment Q on Query { results { ...I } } fragment I on Result { ... on Book { id } ... on Film { id } }',
      {},
      { results: [{ id: 'b' }, null] },
      [['results.1.id', 'FORBIDDEN']],
    ],
    ['nothing of what is skipped', '{ me @skip(if: true) { name } shelf { name } }', undefined, { shelf: { name: 'one' } }, []],
  ])('%s', async (_name, query, claims, data, errors) => {
    await using graph = await runGateway(GRAPH, { jwt });
    const answered = await as(graph, query, claims);
    expect({ data: answered.data, errors: told(answered) }).toEqual({ data, errors });
    expect(JSON.stringify(answered.data)).toBe(JSON.stringify(data));
  });

  test('is not asked of subgraphs', async () => {
    await using graph = await runGateway(GRAPH, { jwt });
    await as(graph, '{ me { name } level results { ... on Film { rating } } }');
    const queries = Object.values(graph.servers).flatMap(({ calls }) => calls.map(({ query }) => query));
    expect(queries.join('\n')).not.toMatch(/\b(me|level|rating)\b/);
  });

  test('turns a mutation away as a whole, before anything of it is carried out', async () => {
    await using graph = await runGateway(GRAPH, { jwt });
    expect(await as(graph, 'mutation { note { ... on Book { title } } publish }')).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await as(graph, 'mutation { publish note { ... on Book { title } } }', {})).toMatchObject({
      status: 403,
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    expect(graph.callCount()).toBe(0);
    expect((await as(graph, 'mutation { publish }', { scope: 'write' })).data).toEqual({ publish: true });
  });

  test('turns a query away as a whole where that is configured', async () => {
    await using graph = await runGateway(GRAPH, { jwt, unauthorized: 'reject' });
    expect(await as(graph, '{ shelf { name } me { name } }')).toMatchObject({
      status: 401,
      errors: [{ message: expect.stringContaining('Query.me needs a signed-in caller') }],
    });
    expect(graph.callCount()).toBe(0);
  });

  test('differs from caller to caller of one operation', async () => {
    await using graph = await runGateway(GRAPH, { jwt });
    const query = '{ items { ... on Film { title } } }';
    for (const _round of [1, 2]) {
      expect((await as(graph, query)).data.items).toBeNull();
      expect((await as(graph, query, { scope: 'films' })).data.items[1].title).toBe('Alien');
      expect((await as(graph, query, { scope: 'none' })).data.items).toBeNull();
    }
  });
});

describe('tokens', () => {
  test.each<[string, JWTPayload]>([
    ['that have expired', { exp: 1 }],
    ['of another issuer', { iss: 'other' }],
    ['for others', { aud: 'other' }],
  ])('%s are refused', async (_name, claims) => {
    await using graph = await runGateway(GRAPH, { jwt });
    const { exp, ...rest } = claims;
    const { privateKey } = await generateKeyPair('ES256');
    const bad = exp
      ? await new SignJWT({ iss: 'issuer', aud: 'graph', exp }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey)
      : await token(rest);
    expect(await graph.ask('{ shelf { name } }', { headers: { authorization: `Bearer ${bad}` } })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test.each(['Basic abc', 'Bearer', 'Bearer a b', 'Bearer ..', `Bearer ${'a'.repeat(5_000)}`])('"%s" is none', async (authorization) => {
    await using graph = await runGateway(GRAPH, { jwt });
    expect((await graph.ask('{ shelf { name } }', { headers: { authorization } })).status).toBe(401);
  });

  test('are verified by keys from an address, and not judged while it does not answer', async () => {
    const { keys } = jwt.keys;
    let isUp = false;
    const server = createServer((_request, response) => void (isUp ? response.end(JSON.stringify({ keys })) : response.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    await using graph = await runGateway(GRAPH, { jwt: { ...jwt, keys: { from: 'url', url } } });
    expect(await as(graph, '{ me { name } }', {})).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    expect((await as(graph, '{ shelf { name } }')).status).toBe(200);
    isUp = true;
    expect((await as(graph, '{ me { name } }', {})).data).toEqual({ me: { name: 'Ann' } });
    server.closeAllConnections();
    server.close();
  });

  test('mean nothing where no keys are known', async () => {
    await using graph = await runGateway(GRAPH);
    expect(told(await as(graph, '{ me { name } }', {}))).toEqual([['me', 'UNAUTHENTICATED']]);
  });
});

test('what an interface demands where its implementations say nothing holds for all of them', () => {
  const schema = buildSchema('type Query { a: Node b: Thing } interface Node { id: ID name: String } type Thing implements Node { id: ID name: String }');
  const guard = createGuard(new Map([['Node.name', [{ kind: 'sign-in' }]]]), schema);
  const document = parse('{ b { id name } }');
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  expect(guard.check(document, operation, '', NO_RIGHTS)?.denials).toEqual([expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
  expect(guard.check(document, operation, '', { ...NO_RIGHTS, isSignedIn: true })).toBeNull();
});

test('what is taken out of a supergraph is what is enforced, also under other names', () => {
  const sdl = `
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "signedIn", for: SECURITY)
      @link(url: "https://specs.apollo.dev/policy/v0.1", import: [{ name: "@policy", as: "@rule" }], for: SECURITY) { query: Query }
    directive @signedIn on FIELD_DEFINITION
    directive @rule(policies: [[signedIn__Policy!]!]!) on FIELD_DEFINITION
    scalar signedIn__Policy
    type Query { a: Int @signedIn b: Int @rule(policies: [["x"]]) c: Int @deprecated }
  `;
  const { supergraph, protection } = separateProtection(parse(sdl));
  expect([...protection]).toEqual([
    ['Query.a', [{ kind: 'sign-in' }]],
    ['Query.b', [{ kind: 'policy', anyOf: [['x']] }]],
  ]);
  expect(print(supergraph)).not.toMatch(/signedIn|rule|policy/);
  expect(print(supergraph)).toMatch(/@deprecated/);
});
