import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SHOP, type SubgraphDefinitions } from './four-subgraphs.fixture.ts';
import { type RunningGateway, runGateway } from './running-gateway.fixture.ts';
import { createSharing, type Joined } from './sharing.ts';
import { Departure, Stop } from './stop.ts';

const never = new Departure();
const shared = () => false;
const valuesOf = async (all: readonly Promise<Joined<number>>[]) => (await Promise.all(all)).map(({ value }) => value);

describe('who wants the same at the same time', () => {
  test('is given the same, and later another', async () => {
    const sharing = createSharing<number>();
    let begun = 0;
    const start = async () => {
      await pause(5);
      return ++begun;
    };
    expect(await Promise.all([1, 2, 3].map(() => sharing.join('a', never, start, shared)))).toEqual([1, 2, 3].map(() => ({ value: 1, isShared: true })));
    expect(await Promise.all(['a', 'b'].map((key) => sharing.join(key, never, start, shared)))).toEqual([2, 3].map((value) => ({ value, isShared: false })));
  });

  test('joins nothing that was begun before something was written', async () => {
    const sharing = createSharing<number>();
    let begun = 0;
    const start = () => pause(5, ++begun);
    const before = sharing.join('a', never, start, shared);
    sharing.forget();
    expect(await valuesOf([before, sharing.join('a', never, start, shared), sharing.join('a', never, start, shared)])).toEqual([1, 2, 2]);
  });

  test('begins anew where the outcome is another’s own, or its failure', async () => {
    const sharing = createSharing<number>();
    let begun = 0;
    const start = async () => {
      await pause(5);
      if (++begun === 1) throw new Error('first');
      return begun;
    };
    const outcomes = await Promise.allSettled([1, 2].map(() => sharing.join('a', never, start, ({ status }) => status === 'rejected')));
    expect(outcomes).toEqual([expect.objectContaining({ status: 'rejected' }), { status: 'fulfilled', value: { value: 2, isShared: false } }]);
  });

  test('is stopped only when all who wait have gone', async () => {
    const sharing = createSharing<string>();
    const [one, two, three] = [new Departure(), new Departure(), new Departure()];
    let stops = 0;
    const start = (gone: Departure) =>
      new Promise<string>((resolve, reject) => {
        const stop = new Stop();
        stop.act = () => {
          stops += 1;
          reject(new Error('stopped'));
        };
        gone.stops.add(stop);
        setTimeout(() => resolve('done'), 50);
      });
    const first = [one, two].map((gone) => sharing.join('a', gone, start, shared));
    one.now(new Error('gone'));
    expect(stops).toBe(0);
    expect(await Promise.all(first)).toEqual([1, 2].map(() => ({ value: 'done', isShared: true })));
    const second = sharing.join('a', three, start, shared);
    three.now(new Error('gone'));
    await expect(second).rejects.toThrow('stopped');
  });
});

/** Accounts know whose token they see; what they say of it is nobody else's business. */
const PRIVATE: SubgraphDefinitions = {
  ...SHOP,
  accounts: {
    sdl: 'type Query { me: User hello: String } type Mutation { write: Int } type User @key(fields: "id") { id: ID! name: String secret: String }',
    resolvers: {
      Query: {
        me: (_root, _args, { headers }) => ({ id: headers.authorization.slice(7), name: `name of ${headers.authorization}`, secret: headers['x-tenant'] }),
        hello: () => 'hello',
      },
      Mutation: { write: () => ++written },
      User: { __resolveReference: ({ id }, { headers }) => (headers.authorization === `Bearer ${id}` ? { id, secret: `secret of ${id}` } : null) },
    },
  },
};
let written = 0;
const CONFIG = { defaults: { requestHeaders: ['authorization', 'x-tenant'].map((name) => ({ action: 'forward', name })) }, pointsPerSecond: 0 };

const slowly = (graph: RunningGateway, ms = 40) => {
  for (const server of Object.values(graph.servers))
    server.misbehave = async (response: ServerResponse, honest: () => Promise<string>) => {
      const text = await honest();
      await pause(ms);
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    };
};
const count = (graph: RunningGateway, name: string) => graph.servers[name]?.calls.length;

describe.each([[{ subgraphCalls: true }], [{ subgraphCalls: true, operations: true }], [{ subgraphCalls: false, operations: true }]])('with %j', (sharing) => {
  test('fifty identities that ask the same at once are each answered their own, in fewer calls', { timeout: 30_000 }, async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph);
    const query = '{ me { id name secret reviews { body } } }';
    const ask = async (identity: number, tenant: string) => {
      const token = `identity-${identity}`;
      const { data, errors } = await graph.ask(query, { headers: { authorization: `Bearer ${token}`, 'x-tenant': tenant } });
      expect({ data, errors }).toEqual({ data: { me: { id: token, name: `name of Bearer ${token}`, secret: tenant, reviews: [] } }, errors: undefined });
    };
    const asked = Array.from({ length: 50 }, (_, identity) => Array.from({ length: 8 }, (_again, index) => [identity, `tenant-${index % 2}`] as const)).flat();
    await Promise.all(asked.map(([identity, tenant]) => ask(identity, tenant)));
    for (const name of ['accounts', 'reviews']) {
      // At least one for each identity and tenant; without sharing it were one for each of the 400 requests.
      expect(count(graph, name)).toBeGreaterThanOrEqual(100);
      expect(count(graph, name)).toBeLessThan(300);
    }
    const seen = new Set(graph.servers['accounts']?.calls.map(({ headers }) => `${headers.authorization} ${headers['x-tenant']}`));
    expect(seen.size).toBe(100);
  });

  test('one caller is answered once for all that it asks at the same time, and again afterwards', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph);
    await Promise.all(Array.from({ length: 20 }, () => graph.ask('{ hello }')));
    expect(count(graph, 'accounts')).toBeLessThan(20);
    graph.forgetCalls();
    await graph.ask('{ hello }');
    expect(count(graph, 'accounts')).toBe(1);
  });

  test('each error names the request of whoever reads it', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph);
    const accounts = graph.servers['accounts'];
    if (accounts) accounts.misbehave = (response) => void setTimeout(() => response.writeHead(500).end(), 40);
    const ids = Array.from({ length: 6 }, (_, index) => `request-${index}-id`);
    const answers = await Promise.all(ids.map((id) => graph.ask('{ hello }', { headers: { 'x-request-id': id } })));
    expect(answers.map(({ errors }) => errors?.[0]?.extensions['requestId'])).toEqual(ids);
  });

  test('mutations are each carried out', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph);
    const answers = await Promise.all(Array.from({ length: 5 }, () => graph.ask('mutation { write }')));
    expect(new Set(answers.map(({ data }) => data.write)).size).toBe(5);
  });

  test('what is read after something was written was asked for after it', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph, 150);
    const before = graph.ask('{ hello }');
    await pause(20);
    const accounts = graph.servers['accounts'];
    if (accounts) accounts.misbehave = null;
    await graph.ask('mutation { write }');
    graph.forgetCalls();
    await graph.ask('{ hello }');
    expect(count(graph, 'accounts')).toBe(1);
    await before;
  });

  test('cookies reach one client each', async () => {
    await using graph = await runGateway(PRIVATE, {
      ...CONFIG,
      sharing,
      subgraphs: { accounts: { responseHeaders: [{ action: 'forward', name: 'set-cookie' }] } },
    });
    let cookies = 0;
    const accounts = graph.servers['accounts'];
    if (accounts)
      accounts.misbehave = async (response, honest) => {
        await pause(40);
        response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': `session=${++cookies}` }).end(await honest());
      };
    const answers = await Promise.all(Array.from({ length: 10 }, () => graph.ask('{ hello }')));
    expect(new Set(answers.flatMap(({ headers }) => headers.getSetCookie())).size).toBe(10);
  });

  test('a client that leaves takes nothing from the others', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing });
    slowly(graph, 100);
    const leaving = graph.ask('{ hello }', { signal: AbortSignal.timeout(40) }).catch(() => null);
    await pause(10);
    const staying = graph.ask('{ hello }');
    expect(await leaving).toBeNull();
    expect((await staying).data).toEqual({ hello: 'hello' });
  });
});

/** Holds back what a subgraph answers until it is let go. */
function heldBack(graph: RunningGateway, name: string, headers: Record<string, string> = {}): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = graph.servers[name];
  if (server)
    server.misbehave = async (response, honest) => {
      const text = await honest();
      await promise;
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
    };
  return resolve;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isSo(); tries++) await pause(10);
  expect(isSo()).toBe(true);
}

/** Long enough for a request to have arrived. */
const arrival = () => pause(300);

describe('requests that go together', () => {
  test('are those that come before the first call is answered; later ones begin anew', async () => {
    await using graph = await runGateway(PRIVATE, CONFIG);
    const ask = () => graph.ask('{ me { id reviews { body } } }', { headers: { authorization: 'Bearer ann' } });
    const [letAccounts, letReviews] = [heldBack(graph, 'accounts'), heldBack(graph, 'reviews')];
    const together = [ask(), ask()];
    await arrival();
    letAccounts();
    await until(() => count(graph, 'reviews') === 1);
    const later = ask();
    await until(() => count(graph, 'accounts') === 2);
    letReviews();
    const answers = await Promise.all([...together, later]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(count(graph, 'accounts')).toBe(2);
  });

  test('pay each for itself', async () => {
    const costly: SubgraphDefinitions = {
      accounts: { sdl: 'type Query { hello: String @cost(weight: 1000) }', resolvers: { Query: { hello: () => 'hello' } } },
    };
    await using graph = await runGateway(costly, { ...CONFIG, pointsPerSecond: 1000 });
    const letAccounts = heldBack(graph, 'accounts');
    const asked = Array.from({ length: 6 }, () => graph.ask('{ hello }'));
    await arrival();
    letAccounts();
    const answers = (await Promise.all(asked)).map(({ text }) => JSON.parse(text));
    expect(count(graph, 'accounts')).toBe(1);
    // Of 10,000; one payment would leave 9,000, and a thousand come back each second.
    for (const { data, extensions } of answers) {
      expect(data).toEqual({ hello: 'hello' });
      expect(extensions.cost).toMatchObject({ requested: 1000, actual: 1000 });
      expect(extensions.cost.available).toBeLessThan(7_000);
    }
  });

  test('all get the texts whole, and the headers that subgraphs add', async () => {
    const greeting: SubgraphDefinitions = { accounts: { sdl: 'type Query { hello: String }', resolvers: { Query: { hello: () => 'Grüß Gott, 你好 🫖' } } } };
    await using graph = await runGateway(greeting, { ...CONFIG, defaults: { responseHeaders: [{ action: 'forward', name: 'x-from' }] } });
    const letAccounts = heldBack(graph, 'accounts', { 'x-from': 'accounts' });
    const asked = Array.from({ length: 6 }, () => graph.ask('{ hello }'));
    await arrival();
    letAccounts();
    const answers = await Promise.all(asked);
    expect(count(graph, 'accounts')).toBe(1);
    expect(answers.map(({ data, headers }) => [data.hello, headers.get('x-from')])).toEqual(answers.map(() => ['Grüß Gott, 你好 🫖', 'accounts']));
  });

  test('do not end with the time of the first', async () => {
    await using graph = await runGateway(PRIVATE, { ...CONFIG, requestTimeoutMs: 2_000 });
    await graph.ask('{ hello }');
    const accounts = graph.servers['accounts'];
    let asked = 0;
    if (accounts)
      accounts.misbehave = async (response, honest) => {
        if (++asked > 1) response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
      };
    const first = graph.ask('{ hello }');
    await pause(1_000);
    const second = graph.ask('{ hello }');
    expect((await first).errors?.[0]?.extensions['code']).toBe('SERVICE_UNAVAILABLE');
    expect((await second).data).toEqual({ hello: 'hello' });
  });
});

test('without sharing every request makes its own calls', async () => {
  await using graph = await runGateway(PRIVATE, { ...CONFIG, sharing: { subgraphCalls: false } });
  slowly(graph);
  await Promise.all(Array.from({ length: 20 }, () => graph.ask('{ hello }')));
  expect(count(graph, 'accounts')).toBe(20);
});

test('calls for a client that is gone are given up', async () => {
  await using graph = await runGateway(PRIVATE, CONFIG);
  await graph.ask('{ hello }');
  let closed = 0;
  const accounts = graph.servers['accounts'];
  if (accounts) accounts.misbehave = (response) => void response.once('close', () => (closed += 1));
  await graph.ask('{ hello }', { signal: AbortSignal.timeout(100) }).catch(() => null);
  for (let tries = 0; tries < 100 && closed === 0; tries++) await pause(20);
  expect([closed, graph.logged]).toEqual([1, []]);
});
