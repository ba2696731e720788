import { execute, type ExecutionResult, type GraphQLSchema, NoUnusedVariablesRule, parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import { hash } from '../../gateway/execution/differential/invented-subgraph.ts';
import { type RandomOperation, randomOperation, seededRandom } from '../../gateway/execution/differential/random-operations.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { buildSchema } from '../subgraph.ts';
import { createExecutor } from './executor.ts';
import { inventResolvers, type Weather } from './invented-resolvers.fixture.ts';

/**
 * The shop's own schemas, with made-up values: every answer is what graphql-js makes of the same. It is given all values at
 * once, since it leaves rejections to nobody where a list fails before it was looked through.
 */

const WEATHERS = {
  'nothing waits and nothing fails': { nulls: 30, errors: 0, promises: 0 },
  'nothing waits, much fails': { nulls: 60, errors: 40, promises: 0 },
  'much waits': { nulls: 30, errors: 0, promises: 400 },
  'much waits, and much fails': { nulls: 60, errors: 40, promises: 400 },
} satisfies Record<string, Weather>;

const OPERATIONS = 60;
/** Another one tries other operations; a failure prints its own. */
const SEED = process.env['DIFFERENTIAL_SEED'] ?? '1';
const RULES = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule);

function schemaOf(directory: string, weather: Weather): GraphQLSchema {
  const schema = buildSchema({ directory, resolvers: {} });
  inventResolvers(schema, weather);
  for (const name of ['_entities', '_service']) delete schema.getQueryType()?.getFields()[name];
  return schema;
}

function* operationsOf(schema: GraphQLSchema, seed: string): Generator<RandomOperation> {
  const random = seededRandom(hash(`${seed} ${SEED}`));
  for (let done = 0; done < OPERATIONS; ) {
    const { query, variables } = randomOperation(schema, random);
    // Operations with these are not planned here.
    const operation = { query: query.replace(/ @(skip|include)\(if: [^)]*\)/g, ''), variables };
    if (validate(schema, parse(operation.query), RULES).length > 0) continue;
    done += 1;
    yield operation;
  }
}

/** What of the answer the errors explain: the nulls in which their paths end. */
function explained({ data, errors = [] }: ExecutionResult): string[] {
  const found = errors.map(({ path = [] }) => {
    let value: unknown = data;
    for (const [index, key] of path.entries()) {
      if (typeof value !== 'object' || value === null) return JSON.stringify(path.slice(0, index));
      value = Reflect.get(value, key);
    }
    return JSON.stringify(path);
  });
  return [...new Set(found)].sort();
}

const paths = ({ errors = [] }: ExecutionResult) => errors.map(({ path }) => JSON.stringify(path));

const cases = Object.entries(WEATHERS).flatMap(([name, weather]) => subgraphs.map((subgraph) => [subgraph.name, name, subgraph.directory, weather] as const));

test.each(cases)('%s: %s', { timeout: 60_000 }, async (subgraph, name, directory, weather) => {
  const schema = schemaOf(directory, { ...weather, promises: 0 });
  const executor = createExecutor(schemaOf(directory, weather));
  for (const operation of operationsOf(schema, `${subgraph} ${name}`)) {
    const document = parse(operation.query);
    const context = {};
    const [own, stock] = [
      await executor({ document, variables: operation.variables, context }),
      await execute({ schema, document, contextValue: context, variableValues: operation.variables }),
    ];
    const facts = (result: ExecutionResult) => ({ data: JSON.stringify(result.data), errors: weather.promises > 0 ? explained(result) : paths(result) });
    expect({ SEED, operation, ...facts(own) }).toEqual({ SEED, operation, ...facts(stock) });
  }
});
