import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { bothExecutors, type Outcome } from './differential/both-executors.ts';
import { differences } from './differential/differences.ts';
import { type Chances, hash, inventedSubgraph } from './differential/invented-subgraph.ts';
import { type RandomOperation, randomOperation, seededRandom } from './differential/random-operations.ts';
import { SUPERGRAPHS, type SubgraphSdls } from './differential/supergraphs.ts';

const WEATHERS = {
  'all is well': { nulls: 30, errors: 0, dead: 0 },
  'nulls and errors': { nulls: 100, errors: 30, dead: 0 },
  'dead references': { nulls: 30, errors: 5, dead: 150 },
} satisfies Record<string, Chances>;

const OPERATIONS = 100;

const cases = Object.keys(SUPERGRAPHS).flatMap((graph) => Object.keys(WEATHERS).map((weather) => [graph, weather] as const));

const inventedSubgraphs = (sdls: SubgraphSdls, chances: Chances) => Object.fromEntries(Object.entries(sdls).map(([name, sdl]) => [name, inventedSubgraph(name, sdl, chances)]));

test.each(cases)('%s, %s: both executors answer alike', { timeout: 30_000 }, async (graph, weather) => {
  const sdls = SUPERGRAPHS[graph as keyof typeof SUPERGRAPHS];
  const subgraphs = inventedSubgraphs(sdls, WEATHERS[weather as keyof typeof WEATHERS]);
  const [embedded, remote] = await Promise.all([bothExecutors(sdls, subgraphs), bothExecutors(sdls, subgraphs, { isOverHttp: true })]);
  const random = seededRandom(hash(`${graph} ${weather}`) + Number(process.env['DIFFERENTIAL_SEED'] ?? 0));
  const told: { operation: RandomOperation; stock: Outcome; own: Outcome; differences: readonly string[] }[] = [];
  for (let done = 0; done < OPERATIONS; ) {
    const operation = randomOperation(embedded.apiSchema, random);
    if (validate(embedded.apiSchema, parse(operation.query)).length > 0) continue;
    const both = done++ % 2 === 0 ? embedded : remote;
    const stock = await both.stock(operation);
    const calls = both.calls();
    const own = await both.own(operation);
    const found = differences(operation, stock, own, calls);
    if (found.length > 0) told.push({ operation, stock, own, differences: found });
  }
  expect(told).toEqual([]);
});
