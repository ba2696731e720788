import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { SHOP } from './four-subgraphs.fixture.ts';
import { type RunningGateway, runGateway } from './running-gateway.fixture.ts';
import { readAnswer } from './subgraph-answer.ts';

const accountsOf = (graph: RunningGateway) => {
  const accounts = graph.servers['accounts'];
  if (!accounts) throw new Error('no accounts');
  return accounts;
};
const hangUp = (response: ServerResponse) => response.destroy();

describe('a subgraph that hangs up', () => {
  test('is asked again for a query, as often as configured', async () => {
    await using graph = await runGateway(SHOP, { subgraphs: { accounts: { retries: 2 } } });
    const accounts = accountsOf(graph);
    accounts.misbehave = hangUp;
    const { data, errors } = await graph.ask('{ me { name } topProducts { name } }');
    expect(data).toEqual({ me: null, topProducts: [{ name: 'Table' }, { name: 'Couch' }] });
    expect(errors).toMatchObject([{ path: ['me'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(accounts.calls.length).toBe(3);
  });

  test('and then answers has been forgiven', async () => {
    await using graph = await runGateway(SHOP);
    const accounts = accountsOf(graph);
    accounts.misbehave = (response) => {
      accounts.misbehave = null;
      response.destroy();
    };
    expect((await graph.ask('{ me { name } }')).data).toEqual({ me: { name: 'Ann' } });
  });

  test('is not asked again for a mutation', async () => {
    await using graph = await runGateway(SHOP, { defaults: { retries: 5 } });
    const accounts = accountsOf(graph);
    accounts.misbehave = hangUp;
    expect((await graph.ask('mutation { rename(name: "x") { name } }')).errors?.[0]?.path).toEqual(['rename']);
    expect(accounts.calls.length).toBe(1);
  });
});

describe('a subgraph that does not answer', () => {
  test.each<[string, object]>([
    ['is waited for as long as configured for it', { subgraphs: { accounts: { timeoutMs: 150 } } }],
    ['is waited for as long as the request may take', { requestTimeoutMs: 150 }],
  ])('%s', async (_what, config) => {
    await using graph = await runGateway(SHOP, config);
    accountsOf(graph).misbehave = () => {};
    const startedAt = performance.now();
    const { data, errors } = await graph.ask('{ me { name } topProducts { name } }');
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(data).toEqual({ me: null, topProducts: [{ name: 'Table' }, { name: 'Couch' }] });
    expect(errors?.[0]?.path).toEqual(['me']);
  });

  test('is told of in the log, by its name', async () => {
    await using graph = await runGateway(SHOP, { subgraphs: { accounts: { url: 'http://127.0.0.1:1', retries: 0 } } });
    const { text } = await graph.ask('{ me { name } }', { headers: { 'x-request-id': 'request-0001' } });
    expect(graph.logged.join()).toMatch(/a subgraph could not be asked .*"requestId":"request-0001","subgraph":"accounts","reason":".*ECONNREFUSED/);
    expect(text).not.toMatch(/accounts|127\.0\.0\.1|ECONN/);
  });
});

test('an answer that is too large is not read to its end', async () => {
  await using graph = await runGateway(SHOP, { subgraphs: { accounts: { maxResponseBytes: 2_000 } } });
  accountsOf(graph).misbehave = (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"data":{"me":{"name":"${'x'.repeat(5_000)}"}}}`);
  expect(await graph.ask('{ me { name } }')).toMatchObject({ data: { me: null }, errors: [{ path: ['me'] }] });
});

test('each object that goes without is told of, until there are too many of them', async () => {
  await using graph = await runGateway(SHOP);
  const reviews = graph.servers['reviews'];
  if (reviews) reviews.misbehave = hangUp;
  const { errors } = await graph.ask('{ topProducts(first: 3) { reviews { body } } }');
  expect(errors?.map(({ path }) => path?.join('.'))).toEqual(['topProducts.0.reviews', 'topProducts.1.reviews', 'topProducts.2.reviews']);
});

describe('what a subgraph says of its errors', () => {
  const TOLD = { messages: true, extensions: ['code', 'field'] };
  const read = (error: unknown, settings = TOLD, status = 200) =>
    readAnswer(status, 'application/json', JSON.stringify({ data: null, errors: [error] }), { keys: ['me'], entities: new Map() }, settings).errors?.[0];
  const WITHHELD = 'A part of the graph reports an error.';

  test('is passed on as far as configured', () => {
    const error = { message: 'Too short.', path: ['me', 'name'], extensions: { code: 'BAD_USER_INPUT', field: 'name', stacktrace: ['at x'] } };
    expect(read(error)).toEqual({ message: 'Too short.', path: ['me', 'name'], extensions: { code: 'BAD_USER_INPUT', field: 'name' } });
    expect(read(error, { messages: false, extensions: [] })).toEqual({ message: WITHHELD, path: ['me', 'name'], extensions: {} });
    expect(read(error, TOLD, 400)?.message).toBe('Too short.');
    expect(read(error, TOLD, 500)?.message).toBe(WITHHELD);
  });

  test.each([
    'connect ECONNREFUSED 10.0.0.7:27017',
    'request to http://reviews.internal/graphql failed',
    'mongodb://user:password@db/orders: not primary',
    'boom\n    at resolve (file.js:1:1)',
    "Cannot find module '/srv/app/node_modules/x'",
    'ENOENT: no such file or directory, open C:\\data\\x',
    'getaddrinfo ENOTFOUND db',
    '',
    5,
    null,
  ])('is withheld where it tells of the inside: %s', (message) => expect(read({ message })?.message).toBe(WITHHELD));

  test.each(['The price must be 10/20 or less.', 'Use either a/b or c.', 'Retry at 10:30 - 1.2.3 is the version.', '库存不足'])('is no secret: %s', (message) =>
    expect(read({ message })?.message).toBe(message),
  );
});
