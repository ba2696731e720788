import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema, getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as screens from '../bench/screens.ts';
import { FIRST_QUERY } from '../gateway/first-query.ts';
import { type Actor, addToCart, guestSession, signUp } from './actors.ts';
import { operationFor, variablesFor } from './garbage.ts';
import { seeded } from './random.ts';
import { type Answered, startGraph, type TestGraph } from './graph.ts';
import { createWorld, type World } from './world.ts';

interface Cost {
  readonly requested: number;
  readonly actual: number;
  readonly available: number;
  readonly restoreRate: number;
}

const costOf = (answer: Answered): Cost | undefined => (answer as Answered & { extensions?: { cost?: Cost } }).extensions?.cost;
const contract = (name: string): GraphQLSchema => buildSchema(readFileSync(`${import.meta.dirname}/../schema/${name}.graphql`, 'utf8'), { assumeValid: true });
const PER_SECOND = 10_000_000;

describe('what is counted', () => {
  let graph: TestGraph;
  let world: World;
  beforeAll(async () => {
    graph = await startGraph({ topology: 'embedded', environment: { RATE_LIMIT_POINTS_PER_SECOND: String(PER_SECOND) } });
    world = await createWorld(graph);
  });
  afterAll(() => graph[Symbol.asyncDispose]());

  test("the first queries of the demo, the explorers' introspection and every screen stay far below the bucket of a caller", async () => {
    await addToCart(world.buyer, [{ variantId: world.ids['variant']?.[0] ?? '', quantity: 1 }]);
    const variables = { id: world.ids['product']?.[0], query: 'tea' };
    const asked = [FIRST_QUERY, getIntrospectionQuery(), ...Object.values(screens).map(({ query }) => query)];
    for (const query of asked) {
      const answer = await graph.query(query, variables, { token: world.buyer.token });
      const { requested, actual } = costOf(answer) ?? { requested: 0, actual: 0 };
      expect([answer.errors, actual > 0, actual <= requested]).toEqual([undefined, true, true]);
      expect(requested).toBeLessThan(10_000);
    }
  });

  test('no answer costs more than was estimated: every field of every contract, with usual arguments', { timeout: 120_000 }, async () => {
    const callers: [string, Actor][] = [
      ['public', world.buyer],
      ['partner', world.seller],
      ['internal', world.staff],
    ];
    const random = seeded(20_260_917);
    const dearer: string[] = [];
    let counted = 0;
    for (const [name, actor] of callers) {
      const schema = contract(name);
      const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((root): [GraphQLObjectType, string][] =>
        root ? Object.keys(root.getFields()).map((field) => [root, field]) : [],
      );
      for (const [root, field] of roots.filter(([, candidate]) => !/^(userLogout|sessionRevoke|passwordChange|userSuspend|staffRole)/.test(candidate))) {
        const variables = variablesFor(root, field, { random, ids: world.ids, odd: 0, wrong: 0 });
        const cost = costOf(await actor.ask(operationFor(root, field), variables));
        if (!cost) continue;
        counted += 1;
        if (cost.actual > cost.requested) dearer.push(`${name} ${field}: ${cost.actual} of ${cost.requested}`);
      }
    }
    expect(dearer).toEqual([]);
    expect(counted).toBeGreaterThanOrEqual(200);
  });

  test('the answer tells what it cost, and what was not used is there again', async () => {
    const { token } = await signUp(graph, 'thrifty');
    const answer = await graph.query('{ products(first: 50) { nodes { id } } }', {}, { token });
    const found = answer.data.products.nodes.length;
    expect(costOf(answer)).toMatchObject({ requested: 51, actual: 1 + found, restoreRate: PER_SECOND });
    expect(costOf(answer)?.available).toBeGreaterThan(10 * PER_SECOND - 1_000);
  });
});

describe('who has spent everything', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startGraph({ topology: 'embedded', environment: { RATE_LIMIT_POINTS_PER_SECOND: '100' } });
  });
  afterAll(() => graph[Symbol.asyncDispose]());

  const PAGE = '{ products(first: 100) { nodes { reviews(first: 6) { nodes { id } } } } }';
  const guest = () => guestSession(graph);

  test('waits, alone, as long as it is told to', async () => {
    const [hungry, other] = [await guest(), await guest()];
    const answers = await Promise.all(Array.from({ length: 6 }, () => hungry.ask(PAGE)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/needs 801 points and \d+ are left; 100 come back every second: retry in \d seconds/),
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number), cost: { requested: 801, restoreRate: 100 } },
    });
    expect((await other.ask(PAGE)).status).toBe(200);
  });

  test('may be somebody who was refused all the time', async () => {
    const stubborn = await guest();
    const answers = await Promise.all(Array.from({ length: 150 }, () => stubborn.ask('{ products(first: 101) { nodes { id } } }')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400, 429]));
  });

  test('pays for what was forbidden no more than for any refusal', async () => {
    const ask = (await guest()).ask;
    await ask('mutation { userLogout { revokedSessions } }');
    expect(costOf(await ask('{ __typename }'))?.available).toBeGreaterThan(900);
  });

  test('hears of it in the header that everybody knows', async () => {
    const { token } = await guest();
    const ask = () =>
      fetch(`${graph.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: PAGE }),
      });
    const answers = await Promise.all(Array.from({ length: 6 }, ask));
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('and what can never be paid is refused with the cost and the bucket', async () => {
    const { status, errors } = await (await guest()).ask('{ products(first: 100) { nodes { reviews(first: 100) { nodes { id } } } } }');
    expect([status, errors?.[0]?.extensions]).toEqual([400, expect.objectContaining({ code: 'COST_LIMIT_EXCEEDED', limit: 1_000, asked: 10_201 })]);
  });
});
