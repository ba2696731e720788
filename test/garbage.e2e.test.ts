import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from './actors.ts';
import { booksOf } from './books.ts';
import { type Answered, startGraph, type TestGraph } from './graph.ts';
import { operationFor, variablesFor } from './garbage.ts';
import { seeded } from './random.ts';
import { createWorld, type World } from './world.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph({ topology: 'embedded' });
});
afterAll(() => graph[Symbol.asyncDispose]());

const contract = (name: string): GraphQLSchema => buildSchema(readFileSync(`${import.meta.dirname}/../schema/${name}.graphql`, 'utf8'), { assumeValid: true });

/** What a caller may be told at the top level; anything else is our fault. */
const TOLD = ['BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'];
/** They would end the callers' own sessions, or shut them out for the rest of the test. */
const SPARED = /^(userLogout|sessionRevoke|passwordChange|userSuspend|staffRole|merchantReview|merchantMemberRemove)/;
/** They take away what the other questions are about, so they are asked last. */
const DESTRUCTIVE = /^(cartClear|productArchive|productUnpublish|productModerate|orderCancel|reviewDelete|locationUpsert|merchantUpdate)/;
const ROUNDS = 2;

interface Caller {
  readonly name: string;
  readonly schema: GraphQLSchema;
  readonly actor: Actor;
}

function callersOf({ guest, buyer, seller, staff }: World): Caller[] {
  return [
    { name: 'guest', schema: contract('public'), actor: guest },
    { name: 'buyer', schema: contract('public'), actor: buyer },
    { name: 'seller', schema: contract('partner'), actor: seller },
    { name: 'staff', schema: contract('internal'), actor: staff },
  ];
}

const rootsOf = (schema: GraphQLSchema): [GraphQLObjectType, string][] =>
  [schema.getMutationType(), schema.getQueryType()]
    .flatMap((root) => (root ? Object.keys(root.getFields()).map((name): [GraphQLObjectType, string] => [root, name]) : []))
    .filter(([, name]) => !SPARED.test(name));

/** Why an answer is not one that was promised; null when it is. */
function fault({ status, errors = [], data }: Answered): string | null {
  if (status >= 500) return `status ${status}`;
  const odd = errors.find(({ extensions }) => !TOLD.includes(String(extensions['code'])));
  if (odd) return `${odd.extensions['code']}: ${odd.message}`;
  const [payload] = Object.values<any>(data ?? {});
  const unnamed = payload?.userErrors?.find((error: any) => !error.code || !error.message || (error.code === 'INVALID' && !error.path));
  return unnamed ? `a user error that does not say what is wrong: ${JSON.stringify(unnamed)}` : null;
}

test('whatever is sent, the answer is a documented one and the books agree', async () => {
  const world = await createWorld(graph);
  const callers = callersOf(world);
  const random = seeded(20_260_131);
  const faults: string[] = [];
  const askAll = async (isAsked: (field: string) => boolean) => {
    for (const { name, schema, actor } of callers) {
      for (const [root, field] of rootsOf(schema).filter(([, candidate]) => isAsked(candidate))) {
        const variables = variablesFor(root, field, { random, ids: world.ids, odd: random.pick([0.02, 0.1, 0.5]), wrong: random.chance(0.1) ? 0.2 : 0 });
        const problem = fault(await actor.ask(operationFor(root, field), variables));
        if (problem) faults.push(`${name} ${field}: ${problem} ${JSON.stringify(variables).slice(0, 400)}`);
      }
    }
  };
  for (let round = 0; round < ROUNDS; round++) await askAll((field) => !DESTRUCTIVE.test(field));
  for (let round = 0; round < ROUNDS; round++) await askAll((field) => DESTRUCTIVE.test(field));
  expect(faults).toEqual([]);
  expect(await booksOf(graph)).toEqual([]);
});
