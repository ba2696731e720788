import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, serveAll } from './four-subgraphs.fixture.ts';
import { type RunningGateway, runGateway } from './running-gateway.fixture.ts';
import { startGatewayServer } from './server.ts';

const EVERYTHING = `{
  me { name reviews { body product { name inStock shippingEstimate } } }
  topProducts(first: 3) { upc name reviews { body author { name } } }
}`;

test('a supergraph of four subgraphs is served over HTTP', async () => {
  await using graph = await runGateway(SHOP);
  const { status, data, errors } = await graph.ask(EVERYTHING);
  expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  expect(data.me).toEqual({
    name: 'Ann',
    reviews: [
      { body: 'Love it!', product: { name: 'Table', inStock: true, shippingEstimate: 50 } },
      { body: 'Too expensive.', product: { name: 'Couch', inStock: false, shippingEstimate: 0 } },
    ],
  });
  expect(data.topProducts[2]).toEqual({ upc: 'c', name: 'Chair', reviews: [{ body: 'Could be better.', author: { name: 'Bo' } }] });
});

test('it starts while its subgraphs are down, and answers what it can', async () => {
  await using graph = await runGateway(SHOP, { subgraphs: { reviews: { url: 'http://127.0.0.1:1/' }, inventory: { url: 'http://127.0.0.1:1/graphql' } } });
  expect((await fetch(`${graph.gateway.url}/ready`)).status).toBe(200);
  const { status, data, errors } = await graph.ask('{ me { name reviews { body } } }');
  expect({ status, data }).toEqual({ status: 200, data: { me: { name: 'Ann', reviews: null } } });
  expect(errors).toMatchObject([{ message: expect.stringContaining('does not answer'), extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
});

test('introspection, explorer and limits are as configured', async () => {
  await using graph = await runGateway(SHOP, { introspection: false, explorer: false, limits: { depth: 2, bodyBytes: 1_000 } });
  expect((await graph.ask('{ __schema { types { name } } }')).errors?.[0]?.message).toContain('Introspection is switched off');
  expect((await graph.ask('{ me { reviews { body } } }')).errors?.[0]?.message).toContain('at most 2 nested levels');
  expect((await graph.ask(`{ me { ${'name '.repeat(300)} } }`)).status).toBe(413);
  expect((await fetch(`${graph.gateway.url}/explorer`)).status).toBe(404);
  await using open = await runGateway(SHOP);
  expect((await open.ask('{ __schema { queryType { name } } }')).data.__schema.queryType.name).toBe('Query');
  expect((await fetch(`${open.gateway.url}/explorer/`)).status).toBe(200);
  expect(await (await fetch(open.gateway.url)).text()).toContain('Sandbox');
});

test('who sends many tokens, of which none is verified, still pays from one bucket', async () => {
  await using graph = await runGateway(SHOP, { pointsPerSecond: 50 });
  const ask = (token: number) => graph.ask('{ users { name reviews { body } } }', { headers: { authorization: `Bearer ${token}` } });
  expect((await ask(0)).status).toBe(200);
  const answers = await Promise.all(Array.from({ length: 60 }, (_, token) => ask(token)));
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.errors?.[0]?.extensions['code']).toBe('RATE_LIMITED');
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
});

describe('pages of other origins', () => {
  test.each<[object, string, string | null]>([
    [{}, 'https://app.example', '*'],
    [{ origins: ['https://app.example'], credentials: true }, 'https://app.example', 'https://app.example'],
    [{ origins: ['https://app.example'] }, 'https://other.example', null],
  ])('with %j, %s', async (cors, origin, allowed) => {
    await using graph = await runGateway(SHOP, { cors });
    const { headers } = await fetch(`${graph.gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect(headers.get('access-control-allow-origin')).toBe(allowed);
  });
});

describe('a changed file', () => {
  let graph: RunningGateway;
  beforeEach(async () => {
    graph = await runGateway(SHOP);
  });
  afterEach(() => graph[Symbol.asyncDispose]());

  const logs = async (sentence: string) => {
    for (let tries = 0; tries < 200; tries++) {
      if (graph.logged.some((line) => line.includes(sentence))) return;
      await pause(20);
    }
    throw new Error(`nobody said "${sentence}": ${graph.logged.join('\n')}`);
  };

  test('is taken over, though it is put in place of the old one', async () => {
    expect((await graph.ask('{ greeting }')).errors?.[0]?.message).toContain('Cannot query field "greeting"');
    await writeFile(`${graph.files.supergraph}.new`, graph.supergraphSdl.replace('me: User', 'greeting: String @join__field(graph: ACCOUNTS)\n  me: User'));
    await rename(`${graph.files.supergraph}.new`, graph.files.supergraph);
    await logs('serving what the files say now');
    const accounts = graph.servers['accounts'];
    if (accounts) accounts.misbehave = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"greeting":"hello"}}');
    expect((await graph.ask('{ greeting }')).data).toEqual({ greeting: 'hello' });
  });

  test('loses no request, whether it came before or after', async () => {
    const answers: number[] = [];
    let isOver = false;
    for (const server of Object.values(graph.servers))
      server.misbehave = async (response, honest) => {
        await pause(30);
        response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
      };
    const clients = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const { errors } = await graph.ask(EVERYTHING);
        answers.push(errors?.length ?? 0);
      }
    });
    for (let change = 0; change < 4; change++) {
      graph.logged.length = 0;
      await writeFile(graph.files.config, JSON.stringify({ reloadMs: 30, limits: { depth: 15 + change } }));
      await logs('serving what the files say now');
    }
    while (answers.length < 40) await pause(20);
    isOver = true;
    await Promise.all(clients);
    expect(answers.length).toBeGreaterThan(39);
    expect(answers.filter((errors) => errors > 0)).toEqual([]);
  });

  test.each<[string, (sdl: string) => string]>([
    ['no GraphQL', (sdl) => sdl.slice(0, sdl.length / 2)],
    ['nothing', () => ''],
    ['no supergraph', () => 'type Query { me: Int }'],
    ['a supergraph whose types are missing', (sdl) => sdl.replace('type User', 'type Uzer')],
  ])('that holds %s is logged, and what was served before still is', async (_what, changed) => {
    await writeFile(graph.files.supergraph, changed(graph.supergraphSdl));
    await logs('cannot be served');
    expect((await graph.ask('{ me { name } }')).data).toEqual({ me: { name: 'Ann' } });
    expect((await fetch(`${graph.gateway.url}/ready`)).status).toBe(200);
  });

  test('with a wrong configuration is logged with all that is wrong', async () => {
    await writeFile(graph.files.config, JSON.stringify({ executor: 'fast', subgraphs: { review: {} } }));
    await logs('executor: Invalid option');
    await writeFile(graph.files.config, JSON.stringify({ subgraphs: { review: {} } }));
    await logs('subgraphs.review: the supergraph has no such subgraph; it has accounts, inventory, products, reviews');
    expect((await graph.ask('{ me { name } }')).data).toEqual({ me: { name: 'Ann' } });
  });
});

test('a wrong start is refused with everything that is wrong', async () => {
  const folder = await mkdtemp(`${tmpdir()}/gateway-`);
  await using served = await serveAll(SHOP);
  const [supergraph, config] = [`${folder}/s.graphql`, `${folder}/c.json`];
  await writeFile(supergraph, served.supergraphSdl.replace(served.servers['reviews']?.url ?? '', ''));
  const start = async (settings: unknown) => {
    await writeFile(config, typeof settings === 'string' ? settings : JSON.stringify(settings));
    return startGatewayServer({ supergraph, config, host: '127.0.0.1', port: 0, environment: {} });
  };
  await expect(start('{')).rejects.toThrow(/c\.json is wrong:\n.*not JSON/);
  await expect(
    start({
      defaults: { requestHeaders: [{ action: 'setFromEnvironment', name: 'x-key', variable: 'KEY_OF_REVIEWS' }] },
      subgraphs: { stock: {} },
      jwt: { keys: { from: 'file', path: 'keys.json' } },
    }),
  ).rejects.toThrow(
    /subgraphs\.stock: .*\n.*subgraphs\.reviews\.url: the supergraph states no address[\s\S]*KEY_OF_REVIEWS, which is not set[\s\S]*jwt\.keys\.path: must lead to/,
  );
  await expect(startGatewayServer({ supergraph: `${folder}/none`, config: null, host: '127.0.0.1', port: 0, environment: {} })).rejects.toThrow(
    /cannot be read/,
  );
  await rm(folder, { recursive: true });
});

test('a request under way is finished when the gateway closes', async () => {
  const graph = await runGateway(SHOP);
  const accounts = graph.servers['accounts'];
  if (!accounts) throw new Error('no accounts');
  accounts.misbehave = async (response, honest) => {
    await pause(300);
    response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
  };
  const answer = graph.ask('{ me { name reviews { body } } }');
  await pause(100);
  const closed = graph.gateway.close();
  expect((await answer).errors).toBeUndefined();
  await closed;
  await expect(fetch(graph.gateway.url)).rejects.toThrow();
});
