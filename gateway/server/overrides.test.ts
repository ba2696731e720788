import { describe, expect, test } from 'vitest';
import type { SubgraphDefinitions } from './four-subgraphs.fixture.ts';
import { overrideRule } from './overrides.ts';
import { runGateway } from './running-gateway.fixture.ts';

/** Names move from the old subgraph to the new one, prices for some requests, stock for half of them. */
const MOVING: SubgraphDefinitions = {
  old: {
    sdl: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! name: String price: Int stock: Int }',
    resolvers: {
      Query: { item: () => ({ id: '1', name: 'old', price: 1, stock: 1 }) },
      Item: { __resolveReference: () => ({ id: '1', name: 'old', price: 1, stock: 1 }) },
    },
  },
  new: {
    sdl: `type Item @key(fields: "id") {
      id: ID! name: String @override(from: "old") price: Int @override(from: "old", label: "new-prices") stock: Int @override(from: "old", label: "percent(50)")
    }`,
    resolvers: { Item: { __resolveReference: () => ({ id: '1', name: 'new', price: 2, stock: 2 }) } },
  },
};
const item = '{ item { name price stock } }';

describe.each(['own', 'stock'])('carried out by the %s executor', (executor) => {
  test('an override is in force, one with a label for those who follow it', async () => {
    await using graph = await runGateway(MOVING, { executor, overrides: { header: 'X-Overrides' } });
    const ask = async (labels: string) => (await graph.ask(item, { headers: { 'x-overrides': labels } })).data.item;
    for (const _round of [1, 2]) {
      expect(await ask('')).toEqual({ name: 'new', price: 1, stock: 1 });
      expect(await ask('new-prices')).toEqual({ name: 'new', price: 2, stock: 1 });
      expect(await ask('percent(50), new-prices')).toEqual({ name: 'new', price: 2, stock: 2 });
    }
  });

  test.each([
    [0, [1]],
    [100, [2]],
  ])('a label that %d of 100 follow', async (percent, prices) => {
    await using graph = await runGateway(MOVING, { executor, overrides: { labels: { 'new-prices': percent } } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => graph.ask('{ item { price } }', { headers: { 'x-overrides': 'new-prices' } })));
    expect([...new Set(answers.map(({ data }) => data.item.price))]).toEqual(prices);
  });

  test('percent(50) is for about half', async () => {
    await using graph = await runGateway(MOVING, { executor });
    const answers = await Promise.all(Array.from({ length: 60 }, () => graph.ask('{ item { stock } }')));
    expect(new Set(answers.map(({ data }) => data.item.stock)).size).toBe(2);
  });
});

test('an unknown label is refused at the start', async () => {
  await expect(runGateway(MOVING, { overrides: { labels: { 'new-price': 5 } } })).rejects.toThrow(
    'overrides.labels.new-price: the supergraph has no such label; it has new-prices, percent(50)',
  );
});

test('chance follows the percentage', () => {
  const rule = overrideRule({ labels: { some: 30 } });
  const share = Array.from({ length: 5_000 }, () => rule('some', { headers: {}, company: null })).filter(Boolean).length / 5_000;
  expect(share).toBeGreaterThan(0.26);
  expect(share).toBeLessThan(0.34);
  expect(rule('percent(0)', { headers: {}, company: null })).toBe(false);
  expect(rule('unheard of', { headers: {}, company: null })).toBe(false);
});
