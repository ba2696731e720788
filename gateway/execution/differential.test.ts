import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { type BothExecutors, bothExecutors } from './differential/both-executors.ts';
import { differences } from './differential/differences.ts';
import { type Chances, hash, inventedSubgraph } from './differential/invented-subgraph.ts';
import { type Monolith, monolith } from './differential/monolith.ts';
import { type RandomOperation, randomOperation, seededRandom } from './differential/random-operations.ts';
import type { SubgraphSdls } from './differential/subgraph.ts';
import { SAME_PLANS, SUPERGRAPHS } from './differential/supergraphs.ts';

const FINE: Chances = { nulls: 30, errors: 0, dead: 0 };
const FOUL = {
  'nulls and errors': { nulls: 100, errors: 30, dead: 0 },
  'dead references': { nulls: 30, errors: 5, dead: 150 },
} satisfies Record<string, Chances>;

const OPERATIONS = { fine: 120, foul: 60 };

/** Another one tries other operations; a failure prints its own. */
const SEED = process.env['DIFFERENTIAL_SEED'] ?? '1';

const keysOf = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];

const inventedSubgraphs = (sdls: SubgraphSdls, chances: Chances) =>
  Object.fromEntries(Object.entries(sdls).map(([name, sdl]) => [name, inventedSubgraph(name, sdl, chances)]));

async function* operationsOf({ apiSchema }: BothExecutors, seed: string, count: number, hasOddAliases: boolean): AsyncGenerator<RandomOperation> {
  const random = seededRandom(hash(`${seed} ${SEED}`));
  for (let done = 0; done < count; ) {
    const operation = randomOperation(apiSchema, random, { hasOddAliases });
    if (validate(apiSchema, parse(operation.query)).length > 0) continue;
    done++;
    yield operation;
  }
}

const paths = ({ errors = [] }: { readonly errors?: readonly { readonly path?: readonly unknown[] | undefined }[] }) =>
  errors.map(({ path }) => JSON.stringify(path)).sort();

/** In what our answer is not the one that a schema without subgraphs gives, and the stock one neither is nor that. */
async function untruths(both: BothExecutors, whole: Monolith, operation: RandomOperation): Promise<string[]> {
  const [own, truth] = [await both.own(operation), await whole(operation)];
  const found: string[] = [];
  if (JSON.stringify(own.data) !== JSON.stringify(truth.data)) found.push('the data differs from the truth');
  if (JSON.stringify(paths(own)) !== JSON.stringify(paths(truth))) found.push('the errors stand elsewhere');
  const ownCalls = both.calls();
  const stock = await both.stock(operation).catch(() => null);
  const isStockRight = stock && JSON.stringify([stock.data, paths(stock)]) === JSON.stringify([truth.data, paths(truth)]);
  if (!isStockRight) return found;
  // It may tell, besides, of a null that is one by chance, in the place of what it lost.
  const places = new Set(paths(truth));
  const valueCompletion = stock.extensions?.valueCompletion?.filter(({ path }) => places.has(JSON.stringify(path)));
  const told = { ...stock, extensions: { ...(valueCompletion && { valueCompletion }) } };
  return [...found, ...differences(operation, told, own, both.calls(), ownCalls)];
}

test.each(keysOf(SUPERGRAPHS))('%s: every answer is that of one schema over the same data', { timeout: 60_000 }, async (graph) => {
  const sdls = SUPERGRAPHS[graph];
  const subgraphs = inventedSubgraphs(sdls, FINE);
  const [embedded, remote] = await Promise.all([bothExecutors(sdls, subgraphs), bothExecutors(sdls, subgraphs, { isOverHttp: true, isMerging: true })]);
  const whole = monolith(sdls, FINE);
  let number = 0;
  for await (const operation of operationsOf(embedded, graph, OPERATIONS.fine, true)) {
    const found = await untruths(number++ % 2 === 0 ? embedded : remote, whole, operation);
    expect({ SEED, operation, found }).toEqual({ SEED, operation, found: [] });
  }
});

const foulCases = keysOf(SAME_PLANS).flatMap((graph) => keysOf(FOUL).map((weather) => [graph, weather] as const));

test.each(foulCases)('%s, %s: both executors make the same of the same plans', { timeout: 60_000 }, async (graph, weather) => {
  const sdls = SAME_PLANS[graph];
  const subgraphs = inventedSubgraphs(sdls, FOUL[weather]);
  const options = { isOverHttp: true, hasSamePlans: true };
  const [both, merging] = await Promise.all([bothExecutors(sdls, subgraphs, options), bothExecutors(sdls, subgraphs, { ...options, isMerging: true })]);
  for await (const operation of operationsOf(both, `${graph} ${weather}`, OPERATIONS.foul, false)) {
    const stock = await both.stock(operation);
    const calls = both.calls();
    for (const { own, calls: ownCalls } of [both, merging]) {
      const found = differences(operation, stock, await own(operation), calls, ownCalls());
      expect({ SEED, operation, found }).toEqual({ SEED, operation, found: [] });
    }
  }
});
