import { execute, type FormattedExecutionResult, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { bothExecutors } from './differential/both-executors.ts';
import { strayPaths } from './differential/differences.ts';
import { hash, inventedSubgraph } from './differential/invented-subgraph.ts';
import { randomOperation, seededRandom } from './differential/random-operations.ts';
import type { Ask } from './differential/subgraph.ts';
import { SAME_PLANS } from './differential/supergraphs.ts';

const SEED = process.env['DIFFERENTIAL_SEED'] ?? '1';
const OPERATIONS = 60;

/** What stands in the place of what a subgraph should have answered. */
const RUBBISH: readonly unknown[] = [
  null,
  undefined,
  0,
  -1,
  1.5,
  '',
  'text',
  true,
  [],
  [null],
  [[]],
  {},
  { id: 7 },
  { __typename: 'Nothing' },
  { __typename: 5 },
];

/** No names of abstract types are among these, so that an answer says by itself whether it fits its schema. */
const GRAPHS = ['shop', 'values', 'writes', 'chain', 'keys', 'shared', 'extended'] as const;

/** A number is as good an id as its digits. */
const alike = (data: unknown): string => JSON.stringify(data, (_key, value) => (typeof value === 'number' ? String(value) : value));

/** A subgraph that spoils its answers: a value here and there, an entity too many or too few, errors with and without a place. */
function spoiled(ask: Ask, random: () => number): Ask {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const spoil = (value: unknown, share: number): unknown => {
    if (random() < share) return pick(RUBBISH);
    if (Array.isArray(value)) return value.map((element) => spoil(element, share));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner, share)]));
  };
  return async (request) => {
    const { data, errors } = await ask(request);
    const mood = random();
    if (mood < 0.05) throw new Error('out of reach');
    if (mood < 0.1) return { errors: [{ message: 'refused' }] };
    if (mood < 0.15) return { data: pick(RUBBISH) } as FormattedExecutionResult;
    if (mood < 0.2) return { data: data ?? null, errors: [{ message: 'odd', path: pick([['_entities'], ['_entities', 99, 'x'], [], ['nowhere', 0], [0]]) }] };
    if (mood < 0.25 && Array.isArray(data?.['_entities'])) return { data: { _entities: [...data['_entities'], null].slice(Math.floor(random() * 3)) } };
    if (mood < 0.6) return { data: spoil(data, 0.05) as Record<string, unknown>, ...(errors && { errors }) };
    return { data: data ?? null, ...(errors && { errors }) };
  };
}

test.each(GRAPHS)('%s: whatever subgraphs answer, the answer fits its schema, and what is missing is told', { timeout: 60_000 }, async (graph) => {
  const random = seededRandom(hash(`garbage ${graph} ${SEED}`));
  const sdls = SAME_PLANS[graph];
  const subgraphs = Object.entries(sdls).map(
    ([name, sdl]) => [name, spoiled(inventedSubgraph(name, sdl, { nulls: 30, errors: 10, dead: 20 }), random)] as const,
  );
  const [both, merging] = await Promise.all(
    [false, true].map((isMerging) => bothExecutors(sdls, Object.fromEntries(subgraphs), { isOverHttp: true, isMerging })),
  );
  if (!both || !merging) throw new Error('no executors');
  for (let done = 0; done < OPERATIONS; ) {
    const operation = randomOperation(both.apiSchema, random);
    const document = parse(operation.query);
    if (validate(both.apiSchema, document).length > 0) continue;
    done++;
    const { own: ask, calls } = done % 2 === 0 ? both : merging;
    const own = await ask(operation);
    calls();
    const found: unknown[] = strayPaths(own);
    if (own.data === null) {
      if (!own.errors?.length) found.push('nothing is said of why there is nothing');
    } else {
      const fieldResolver = (source: Record<string, unknown>, _args: unknown, _context: unknown, { path }: { path: { key: string | number } }) =>
        source[path.key];
      const again = await execute({ schema: both.apiSchema, document, rootValue: own.data, variableValues: operation.variables, fieldResolver });
      found.push(...(again.errors ?? []).map(({ message, path }) => ({ message, path })));
      if (alike(again.data) !== alike(own.data)) found.push({ again: again.data, own: own.data });
    }
    expect({ SEED, operation, found }).toEqual({ SEED, operation, found: [] });
  }
});
