import { expect, test } from 'vitest';
import { SHOP } from './four-subgraphs.fixture.ts';
import { runGateway } from './running-gateway.fixture.ts';

const QUERY = '{ one: topProducts(first: 1) { name inStock } all: topProducts(first: 3) { name inStock shippingEstimate } }';
const ONE = [{ name: 'Table', inStock: true }];
const ALL = [
  { name: 'Table', inStock: true, shippingEstimate: 50 },
  { name: 'Couch', inStock: false, shippingEstimate: 0 },
  { name: 'Chair', inStock: true, shippingEstimate: 25 },
];

async function serveStock(config: object = {}) {
  const graph = await runGateway(SHOP, config);
  const inventory = graph.servers['inventory'];
  if (!inventory) throw new Error('no inventory');
  return { graph, inventory };
}

test.each([
  [true, 1],
  [false, 2],
])('what a plan asks one subgraph for at the same time is one call: %s', async (mergedCalls, count) => {
  const { graph, inventory } = await serveStock({ mergedCalls });
  await using _ = graph;
  expect((await graph.ask(QUERY)).data).toEqual({ one: ONE, all: ALL });
  expect(inventory.calls.length).toBe(count);
});

test('what is asked for in the same words for several places is asked for once', async () => {
  const { graph, inventory } = await serveStock();
  await using _ = graph;
  const { data } = await graph.ask('{ one: topProducts(first: 1) { inStock } two: topProducts(first: 2) { inStock } }');
  expect(data).toEqual({ one: [{ inStock: true }], two: [{ inStock: true }, { inStock: false }] });
  expect(inventory.calls.map(({ variables }) => variables)).toEqual([{ representations: ['a', 'b'].map((upc) => ({ __typename: 'Product', upc })) }]);
});

test('what nobody waits for is asked with what comes later', async () => {
  const graph = await runGateway(SHOP, {});
  await using _ = graph;
  const { data } = await graph.ask('{ latestReview { product { inStock shippingEstimate } } topProducts(first: 1) { inStock } }');
  expect(data).toEqual({ latestReview: { product: { inStock: true, shippingEstimate: 50 } }, topProducts: [{ inStock: true }] });
  expect(graph.servers['inventory']?.calls.length).toBe(1);
});

test('what waits for others does not wait long', async () => {
  const { graph, inventory } = await serveStock();
  await using _ = graph;
  const reviews = graph.servers['reviews'];
  if (!reviews) throw new Error('no reviews');
  const askedAt: number[] = [];
  const startedAt = performance.now();
  inventory.misbehave = async (response, honest) => {
    askedAt.push(performance.now() - startedAt);
    response.writeHead(200, { 'content-type': 'application/json' }).end(await honest());
  };
  reviews.misbehave = (response, honest) =>
    setTimeout(() => void honest().then((body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body)), 1_500);
  const { data } = await graph.ask('{ latestReview { product { inStock } } topProducts(first: 1) { inStock } }');
  expect(data).toEqual({ latestReview: { product: { inStock: true } }, topProducts: [{ inStock: true }] });
  expect(askedAt.length).toBe(2);
  expect(askedAt[0]).toBeLessThan(1_000);
});

test('errors of one part stand at that part', async () => {
  const { graph, inventory } = await serveStock();
  await using _ = graph;
  inventory.misbehave = async (response, honest) => {
    const { data } = JSON.parse(await honest());
    const [first, ...others] = data._1;
    const errors = [{ message: 'No stock.', path: ['_1', 0, 'inStock'] }];
    const answer = { data: { ...data, _1: [{ ...first, inStock: null }, ...others] }, errors };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
  const { data, errors } = await graph.ask(QUERY);
  expect(data).toEqual({ one: ONE, all: [{ ...ALL[0], inStock: null }, ...ALL.slice(1)] });
  expect(errors).toMatchObject([{ message: 'No stock.', path: ['all', 0, 'inStock'] }]);
});

test('an answer with entities too few is none, for each part', async () => {
  const { graph, inventory } = await serveStock();
  await using _ = graph;
  inventory.misbehave = async (response, honest) => {
    const { data } = JSON.parse(await honest());
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { ...data, _0: [] } }));
  };
  const { data, errors } = await graph.ask('{ one: topProducts(first: 1) { inStock } two: topProducts { is: inStock } }');
  expect(data).toEqual({ one: [{ inStock: null }], two: [{ is: null }, { is: null }] });
  expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual(
    ['one.0.inStock', 'two.0.is', 'two.1.is'].map((path) => [path, 'SERVICE_UNAVAILABLE']),
  );
});

test('a subgraph that refuses the call is asked for each part by itself', async () => {
  const { graph, inventory } = await serveStock();
  await using _ = graph;
  inventory.misbehave = async (response, honest, { query }) => {
    const isRefused = query.includes('_1:');
    const answer = isRefused ? JSON.stringify({ errors: [{ message: 'Too many aliases.' }] }) : await honest();
    response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json' }).end(answer);
  };
  const { data, errors } = await graph.ask(QUERY);
  expect({ data, errors }).toEqual({ data: { one: ONE, all: ALL }, errors: undefined });
  expect(inventory.calls.length).toBe(3);
});
