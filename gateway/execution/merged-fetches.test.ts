import type { FormattedExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';
import { bothExecutors } from './differential/both-executors.ts';
import { type Ask, subgraph, withFederation } from './differential/subgraph.ts';

const USERS = 'type Query { users: [User] boss: User } type User @key(fields: "id") { id: ID! friend: User chief: User }';
const NAMES = 'type User @key(fields: "id") { id: ID! name(max: Int): String! age: Int secret: String peer: User }';

const USER = {
  friend: ({ id }: { id: string }) => ({ id: `friend of ${id}` }),
  chief: ({ id }: { id: string }) => ({ id: `chief of ${id}` }),
};

const names = subgraph(NAMES, {
  User: {
    __resolveReference: ({ id }) => (id === 'nobody' ? null : { id }),
    name: ({ id }, { max }) => `the ${id}`.slice(0, max),
    age: ({ id }) => id.length,
    peer: ({ id }) => ({ id: `peer of ${id}` }),
    secret: ({ id }) => Promise.reject(new Error(`${id} has none`)),
  },
});

const known = subgraph(USERS, { Query: { users: () => [{ id: 'a' }, { id: 'b' }, { id: 'a' }], boss: () => ({ id: 'c' }) }, User: USER });

/** What our executor answers with and without merging; how many calls it makes with it. */
async function asked(
  query: string,
  { variables = {}, answering = names, users = known }: { variables?: Record<string, unknown>; answering?: Ask; users?: Ask } = {},
) {
  const sdls = withFederation({ users: USERS, names: NAMES });
  const graphs = { users, names: answering };
  const apart = await (await bothExecutors(sdls, graphs, { isOverHttp: true })).own({ query, variables });
  const { own, calls } = await bothExecutors(sdls, graphs, { isOverHttp: true, isMerging: true });
  const merged = await own({ query, variables });
  const told = ({ data, errors = [] }: typeof merged) => ({ data, errors: errors.map(({ path, message }) => ({ path, message })) });
  return { apart: told(apart), merged: told(merged), calls: calls().filter((call) => call.subgraph === 'names') };
}

const ALIKE = '{ users { friend { name } chief { name } } boss { name } }';
const UNLIKE = '{ users { friend { name } chief { called: name } } }';
const chiefs = ['a', 'b', 'a'].map((id) => ({ called: `the chief of ${id}` }));
const friends = ['a', 'b', 'a'].map((id) => ({ name: `the friend of ${id}` }));

describe('parallel fetches of entities from one subgraph', () => {
  test('with the same words are one call, in which each object is asked for once', async () => {
    const users = subgraph(USERS, {
      Query: { users: () => [{ id: 'a' }, { id: 'b' }, { id: 'a' }], boss: () => ({ id: 'friend of a' }) },
      User: USER,
    });
    const { apart, merged, calls } = await asked(ALIKE, { users });
    expect(merged).toEqual(apart);
    expect(calls.map(({ variables }) => variables)).toEqual([
      { representations: ['friend of a', 'friend of b', 'chief of a', 'chief of b'].map((id) => ({ __typename: 'User', id })) },
    ]);
  });

  test('with the same words can be added to differently afterwards', async () => {
    const { apart, merged } = await asked('{ users { friend { name peer { age } } chief { name peer { secret } } } }');
    expect(merged).toEqual(apart);
    expect(merged.errors.length).toBeGreaterThan(0);
  });

  test('with different words are one call, in which each object is asked for once for each of them', async () => {
    const { apart, merged, calls } = await asked(UNLIKE);
    expect(merged).toEqual(apart);
    expect(calls.map(({ variables }) => variables)).toEqual([
      {
        representations_0: ['friend of a', 'friend of b'].map((id) => ({ __typename: 'User', id })),
        representations_1: ['chief of a', 'chief of b'].map((id) => ({ __typename: 'User', id })),
      },
    ]);
  });

  test('keep their arguments, variables and fragments apart', async () => {
    const { apart, merged, calls } = await asked(
      `query ($n: Int, $representations_0: Int) {
        users { friend { ...Named name(max: $n) } chief { ...Aged called: name(max: $representations_0) } } boss { id ...Named }
      } fragment Named on User { short: name(max: 7) age } fragment Aged on User { age short: name(max: 3) }`,
      { variables: { n: 9, representations_0: 5 } },
    );
    expect(merged).toEqual(apart);
    expect(merged.errors).toEqual([]);
    expect(calls.length).toBeLessThan(3);
  });

  test('report errors where clients see them', async () => {
    const { apart, merged, calls } = await asked('{ users { friend { age secret } chief { secret } } boss { secret } }');
    expect(calls.length).toBe(1);
    expect(merged).toEqual(apart);
    expect(merged.errors.length).toBe(7);
  });

  test('that have nothing to ask for take no part in the call', async () => {
    const users = subgraph(USERS, { Query: { users: () => [{ id: 'a' }] }, User: { ...USER, chief: () => null } });
    const { own, calls } = await bothExecutors(withFederation({ users: USERS, names: NAMES }), { users, names }, { isMerging: true });
    expect(await own({ query: UNLIKE, variables: {} })).toEqual({ data: { users: [{ friend: { name: 'the friend of a' }, chief: null }] } });
    expect(calls().map(({ variables }) => Object.keys(variables))).toEqual([[], ['representations']]);
  });
});

/** Answers what was merged by itself, and the rest as it should be. */
const answeringMerged =
  (answer: (honest: FormattedExecutionResult) => unknown): Ask =>
  async (request) => {
    const honest = await names(request);
    return (Object.hasOwn(request.variables, 'representations_0') ? answer(honest) : honest) as FormattedExecutionResult;
  };

describe('a merged call', () => {
  test('that is refused is made apart', async () => {
    const { apart, merged, calls } = await asked(UNLIKE, { answering: answeringMerged(() => ({ errors: [{ message: 'too many aliases' }] })) });
    expect(calls.length).toBe(3);
    expect(merged).toEqual(apart);
  });

  test('of which one part brought down the others is made again for the others', async () => {
    const answering = answeringMerged(() => ({ data: null, errors: [{ message: 'none', path: ['_0'] }] }));
    const { merged, calls } = await asked(UNLIKE, { answering });
    expect(calls.length).toBe(2);
    expect(merged.data?.['users']).toEqual(chiefs.map((chief) => ({ friend: null, chief })));
    expect(merged.errors).toEqual([{ path: ['users'], message: 'none' }]);
  });

  test('with the same words that is refused is a failure of each', async () => {
    const refusing: Ask = async () => ({ errors: [{ message: 'not today' }] });
    const { apart, merged } = await asked(ALIKE, { answering: refusing });
    expect(merged).toEqual(apart);
  });

  test('with the same words keep what costs one of them its answer from the others', async () => {
    const answering: Ask = async (request) => {
      const representations = (request.variables['representations'] ?? []) as { id: string }[];
      if (representations.some(({ id }) => id === 'c')) return { data: null, errors: [{ message: 'no c', path: ['_entities'] }] };
      return names(request);
    };
    const { apart, merged } = await asked(ALIKE, { answering });
    expect(merged.data).toEqual({ users: friends.map((friend, index) => ({ friend, chief: { name: chiefs[index]?.called } })), boss: null });
    expect(merged).toEqual(apart);
  });

  test('that fails is a failure of each part', async () => {
    const failing: Ask = () => Promise.reject(new Error('out of reach'));
    const { apart, merged, calls } = await asked(UNLIKE, { answering: failing });
    expect(calls).toEqual([]);
    expect(merged).toEqual(apart);
    expect(merged.errors.length).toBe(6);
  });

  test('of which one part is no list is a failure of that part', async () => {
    const { merged, calls } = await asked(UNLIKE, { answering: answeringMerged(({ data }) => ({ data: { ...data, _1: 'none' } })) });
    expect(calls.length).toBe(1);
    expect(merged.data?.['users']).toEqual(friends.map((friend) => ({ friend, chief: null })));
    expect(new Set(merged.errors.map(({ path }) => path?.[2]))).toEqual(new Set(['chief']));
  });
});
