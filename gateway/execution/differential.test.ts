import { type GraphQLSchema, parse, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import { anchored } from './anchors.ts';
import { type BothExecutors, bothExecutors } from './differential/both-executors.ts';
import { differences } from './differential/differences.ts';
import { type Chances, hash, inventedSubgraph } from './differential/invented-subgraph.ts';
import { type RandomOperation, randomOperation, seededRandom } from './differential/random-operations.ts';
import { SUPERGRAPHS, type SubgraphSdls } from './differential/supergraphs.ts';
import { typeConditions } from './type-conditions.ts';

const WEATHERS = {
  'all is well': { nulls: 30, errors: 0, dead: 0 },
  'nulls and errors': { nulls: 100, errors: 30, dead: 0 },
  'dead references': { nulls: 30, errors: 5, dead: 150 },
} satisfies Record<string, Chances>;

const OPERATIONS = 80;

const keysOf = <T extends object>(table: T) => Object.keys(table) as (keyof T)[];
const cases = keysOf(SUPERGRAPHS).flatMap((graph) => keysOf(WEATHERS).map((weather) => [graph, weather] as const));

const inventedSubgraphs = (sdls: SubgraphSdls, chances: Chances) =>
  Object.fromEntries(Object.entries(sdls).map(([name, sdl]) => [name, inventedSubgraph(name, sdl, chances)]));

/** In what the executors differ over an operation. */
async function compared(both: BothExecutors, operation: RandomOperation): Promise<string[]> {
  const stock = await both.stock(operation);
  const calls = both.calls();
  const own = await both.own(operation);
  return differences(operation, stock, own, calls);
}

/** Where nothing may be left to ask of an object, the stock executor loses it: it is asked for its type as well, then. */
function withTypeAsked(schema: GraphQLSchema, { query, variables }: RandomOperation): RandomOperation {
  return { query: print(anchored(parse(query), schema, typeConditions(schema))), variables };
}

test.each(cases)('%s, %s: both executors answer alike', { timeout: 30_000 }, async (graph, weather) => {
  const sdls = SUPERGRAPHS[graph];
  const subgraphs = inventedSubgraphs(sdls, WEATHERS[weather]);
  const [embedded, remote] = await Promise.all([bothExecutors(sdls, subgraphs), bothExecutors(sdls, subgraphs, { isOverHttp: true })]);
  const random = seededRandom(hash(`${graph} ${weather} ${process.env['DIFFERENTIAL_SEED'] ?? ''}`));
  for (let done = 0; done < OPERATIONS; ) {
    const operation = randomOperation(embedded.apiSchema, random);
    if (validate(embedded.apiSchema, parse(operation.query)).length > 0) continue;
    const both = done++ % 2 === 0 ? embedded : remote;
    const found = await compared(both, operation);
    if (found.length > 0)
      expect({ operation, differences: await compared(both, withTypeAsked(both.apiSchema, operation)) }).toEqual({ operation, differences: [] });
  }
});
