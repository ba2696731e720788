import { describe, expect, test } from 'vitest';
import { SHOP } from './four-subgraphs.fixture.ts';
import { compileRequestHeaders } from './request-headers.ts';
import { responseHeaders } from './response-headers.ts';
import { runGateway } from './running-gateway.fixture.ts';
import type { RequestHeaderRule, ResponseHeaderRule } from './settings.ts';

describe('headers to a subgraph', () => {
  const asker = { headers: { authorization: 'Bearer x', 'x-tenant': 'acme', cookie: 'a=1' }, claims: null };
  const made = (rules: RequestHeaderRule[], who: Parameters<ReturnType<typeof compileRequestHeaders>>[0] = asker) =>
    compileRequestHeaders(rules, { KEY: 'secret' }, [])(who);

  test.each<[string, RequestHeaderRule[], object]>([
    ['none without a rule', [], {}],
    ['the client’s own', [{ action: 'forward', name: 'authorization' }], { authorization: 'Bearer x' }],
    ['under another name', [{ action: 'forward', name: 'x-tenant', as: 'x-customer' }], { 'x-customer': 'acme' }],
    [
      'one that is missing',
      [
        { action: 'forward', name: 'x-none', default: 'nobody' },
        { action: 'forward', name: 'x-other' },
      ],
      { 'x-none': 'nobody' },
    ],
    ['a fixed one', [{ action: 'set', name: 'x-from', value: 'gateway' }], { 'x-from': 'gateway' }],
    ['a secret', [{ action: 'setFromEnvironment', name: 'x-key', variable: 'KEY' }], { 'x-key': 'secret' }],
    [
      'one that is taken back',
      [
        { action: 'forward', name: 'cookie' },
        { action: 'remove', name: 'cookie' },
      ],
      {},
    ],
    [
      'a claim of nobody, though the client sends the header',
      [
        { action: 'forward', name: 'x-tenant' },
        { action: 'setFromClaim', name: 'x-tenant', claim: 'tenant' },
      ],
      {},
    ],
  ])('%s', (_what, rules, headers) => expect(made(rules)).toEqual(headers));

  test('claims become headers only where headers can carry them', () => {
    const all = { sub: 'ann', 'urn:x.y': 1, deep: { er: ['a'] }, bad: 'a\r\nx-admin: 1', name: '李雷', constructor: undefined };
    const claims = { all, rights: { isSignedIn: true, scopes: new Set<string>(), policies: new Set<string>() } };
    const of = (claim: string) => made([{ action: 'setFromClaim', name: 'x', claim }], { headers: {}, claims })['x'];
    expect(['sub', 'urn:x.y', 'deep.er', 'deep', 'bad', 'name', 'none', 'toString', 'deep.er.length.x'].map(of)).toEqual([
      'ann',
      '1',
      '["a"]',
      '{"er":["a"]}',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('reach the subgraph that they are for', async () => {
    await using graph = await runGateway(
      SHOP,
      {
        defaults: {
          requestHeaders: [
            { action: 'forward', name: 'X-Tenant' },
            { action: 'set', name: 'x-all', value: '1' },
          ],
        },
        subgraphs: {
          reviews: {
            requestHeaders: [
              { action: 'remove', name: 'x-tenant' },
              { action: 'setFromEnvironment', name: 'x-key', variable: 'KEY' },
            ],
          },
        },
      },
      { KEY: 'k' },
    );
    await graph.ask('{ me { name reviews { body } } }', { headers: { 'x-tenant': 'acme', cookie: 'a=1', 'x-request-id': 'request-1234' } });
    const [accounts, reviews] = ['accounts', 'reviews'].map((name) => graph.servers[name]?.calls[0]?.headers);
    expect(accounts).toMatchObject({ 'x-tenant': 'acme', 'x-all': '1', 'x-request-id': 'request-1234' });
    expect(reviews).toMatchObject({ 'x-all': '1', 'x-key': 'k' });
    for (const [headers, name] of [
      [accounts, 'cookie'],
      [accounts, 'x-key'],
      [reviews, 'x-tenant'],
    ] as const)
      expect(headers).not.toHaveProperty(name);
  });
});

describe('headers to the client', () => {
  const FORWARD: ResponseHeaderRule[] = ['cache-control', 'set-cookie', 'x-a'].map((name) => ({ action: 'forward', name }));
  const gathered = (answers: Record<string, string | string[]>[], isWhole = true, rules = FORWARD) => {
    const headers = responseHeaders();
    for (const answer of answers) headers.add(rules, answer);
    return headers.collected(isWhole);
  };

  test.each<[string[], string]>([
    [['max-age=60'], 'max-age=60'],
    [['max-age=60, public', 'public,max-age="30"'], 'max-age=30, public'],
    [['max-age=60, public', 'max-age=90, private'], 'max-age=60, private'],
    [['max-age=60', 'no-store'], 'no-store'],
    [['max-age=60', ''], 'no-store'],
    [['no-cache', 'max-age=5, public'], 'max-age=0'],
    [['max-age=soon'], 'no-store'],
  ])('the strictest of %j', (policies, strictest) =>
    expect(gathered(policies.map((policy) => ({ 'cache-control': policy })))['cache-control']).toBe(strictest),
  );

  test('what an answer lacks is not kept', () => {
    expect(gathered([{ 'cache-control': 'max-age=60' }, {}])['cache-control']).toBe('no-store');
    expect(gathered([{ 'cache-control': 'max-age=60' }], false)['cache-control']).toBe('no-store');
  });

  test('every cookie, and of others the last', () => {
    expect(
      gathered([
        { 'set-cookie': ['a=1', 'b=2'], 'x-a': '1' },
        { 'set-cookie': 'c=3', 'x-a': '2' },
      ]),
    ).toMatchObject({ 'set-cookie': ['a=1', 'b=2', 'c=3'], 'x-a': '2' });
  });

  test('come with the answer, where a rule says so', async () => {
    await using graph = await runGateway(SHOP, {
      subgraphs: { accounts: { responseHeaders: [...FORWARD, { action: 'set', name: 'x-by', value: 'gateway' }] } },
    });
    for (const server of Object.values(graph.servers))
      server.misbehave = async (response, honest) =>
        response
          .writeHead(200, {
            'content-type': 'application/json',
            'set-cookie': ['s=1; HttpOnly', 't=2'],
            'cache-control': 'max-age=9',
            'x-a': 'a',
            server: 'inner',
          })
          .end(await honest());
    const { headers } = await graph.ask('{ me { name } topProducts { name } }');
    expect(headers.getSetCookie()).toEqual(['s=1; HttpOnly', 't=2']);
    expect([headers.get('cache-control'), headers.get('x-a'), headers.get('x-by'), headers.get('server')]).toEqual(['max-age=9', 'a', 'gateway', null]);
    expect((await graph.ask('{ topProducts { name } }')).headers.get('cache-control')).toBe('no-store');
  });
});
