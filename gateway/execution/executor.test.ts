import type { FormattedExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';
import { bothExecutors } from './differential/both-executors.ts';
import { type Ask, subgraph, withFederation } from './differential/subgraph.ts';

const USERS = `
  type Query { me: User users: [User!]! } type Mutation { rename(name: String! = "Bo", times: Int): User touch: Int }
  type User @key(fields: "id") { id: ID! name: String best: User friends: [User!] settings: JSON }
  scalar JSON
`;
const POSTS =
  'type User @key(fields: "id") { id: ID! posts(first: Int = 2): [Post!] seen: Seen } type Seen { at: String by: User } type Post { text: String author: User }';

const ann = { id: 'a', name: 'Ann' };
const settings = { nested: { on: true } };

async function graph(given: { posts?: Ask; isOverHttp?: boolean } = {}) {
  const written: unknown[] = [];
  const users = subgraph(USERS, {
    Query: { me: () => ({ ...ann, best: ann, friends: [ann, ann, { id: 'b', name: 'Bo' }], settings }), users: () => [ann, { id: 'b' }] },
    Mutation: {
      rename: (_root, args) => {
        written.push(args);
        return ann;
      },
      touch: () => {
        written.push('touch');
        throw new Error('untouchable');
      },
    },
    User: { __resolveReference: ({ id }) => ({ id, name: `name of ${id}`, settings }) },
  });
  const posts = subgraph(POSTS, {
    User: {
      __resolveReference: ({ id }) => ({ id }),
      posts: ({ id }, { first }) => [{ text: `${first} by ${id}`, author: { id } }],
      seen: ({ id }) => ({ at: id, by: { id: 'b' } }),
    },
  });
  const { own, calls } = await bothExecutors(
    withFederation({ users: USERS, posts: POSTS }),
    { users, posts: given.posts ?? posts },
    { isOverHttp: given.isOverHttp ?? false },
  );
  return { written, calls, ask: (query: string, variables: Record<string, unknown> = {}) => own({ query, variables }) };
}

const answering =
  (answer: unknown): Ask =>
  async () =>
    answer as FormattedExecutionResult;

describe('entities', () => {
  test('each is asked for once, and its answer stands in every place', async () => {
    const { ask, calls } = await graph();
    const { data } = await ask('{ me { friends { id seen { at by { name } } } } }');
    expect(calls().map(({ subgraph: name, variables }) => [name, variables['representations']])).toEqual([
      ['users', undefined],
      [
        'posts',
        [
          { __typename: 'User', id: 'a' },
          { __typename: 'User', id: 'b' },
        ],
      ],
      ['users', [{ __typename: 'User', id: 'b' }]],
    ]);
    const seen = (id: string) => ({ id, seen: { at: id, by: { name: 'name of b' } } });
    expect(data).toEqual({ me: { friends: [seen('a'), seen('a'), seen('b')] } });
  });

  test('an error of one stands in every place', async () => {
    const failing = subgraph(POSTS, {
      User: { __resolveReference: ({ id }) => ({ id }), posts: ({ id }) => (id === 'a' ? Promise.reject(new Error('no posts')) : []) },
    });
    const { ask } = await graph({ posts: failing });
    const { data, errors } = await ask('{ me { friends { posts { text } } } }');
    expect(data).toEqual({ me: { friends: [{ posts: null }, { posts: null }, { posts: [] }] } });
    expect(errors?.map(({ path }) => path)).toEqual([
      ['me', 'friends', 0, 'posts'],
      ['me', 'friends', 1, 'posts'],
    ]);
  });

  test.each([
    ['no list', { data: { _entities: {} } }, 'Expected "data._entities" in response to be an array'],
    ['a list of another length', { data: { _entities: [] } }, 'Expected "data._entities" to contain 1 elements'],
    ['an error and nothing else', { errors: [{ message: 'closed' }] }, 'closed'],
  ])('%s for an answer is an error beside the rest', async (_name, answer, message) => {
    const { ask } = await graph({ posts: answering(answer) });
    const { data, errors } = await ask('{ me { name posts { text } } }');
    expect(data).toEqual({ me: { name: 'Ann', posts: null } });
    expect(errors?.map((error) => error.message)).toEqual([message]);
  });

  test('a subgraph that does not answer costs only its own fields', async () => {
    const { ask } = await graph({ posts: () => Promise.reject(new Error('no connection')) });
    const { data, errors } = await ask('{ me { name posts { text } } }');
    expect(data).toEqual({ me: { name: 'Ann', posts: null } });
    expect(errors?.map(({ message }) => message)).toEqual(['no connection']);
  });
});

describe('variables', () => {
  const query =
    'query ($first: Int = 1, $on: Boolean! = true, $off: Boolean = false) { me { posts(first: $first) { text } name @include(if: $on) id @skip(if: $off) } }';

  test('each answer follows its own, though the operation was worked out before', async () => {
    const { ask } = await graph();
    const posts = (first: number) => [{ text: `${first} by a` }];
    expect((await ask(query)).data).toEqual({ me: { posts: posts(1), name: 'Ann', id: 'a' } });
    expect((await ask(query, { on: false, first: 5 })).data).toEqual({ me: { posts: posts(5), id: 'a' } });
    expect((await ask(query, { off: true })).data).toEqual({ me: { posts: posts(1), name: 'Ann' } });
    expect((await ask(query)).data).toEqual({ me: { posts: posts(1), name: 'Ann', id: 'a' } });
  });

  test('those that do not fit are refused before anything is asked', async () => {
    const { ask, calls } = await graph();
    const { data, errors } = await ask(query, { first: 'many' });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('"$first" got invalid value "many"');
    expect(calls()).toEqual([]);
    await expect(ask(query, { off: null })).rejects.toThrow('"$off"');
  });
});

describe('response keys', () => {
  test.each([true, false])('may be such as every object inherits (over HTTP: %s)', async (isOverHttp) => {
    const { ask } = await graph({ isOverHttp });
    const { data, errors } = await ask(
      '{ me { constructor: name toString: posts { valueOf: text } __proto__: friends { hasOwnProperty: id } } users { constructor: name toString: seen { at } } }',
    );
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toBe(
      '{"me":{"constructor":"Ann","toString":[{"valueOf":"2 by a"}],"__proto__":[{"hasOwnProperty":"a"},{"hasOwnProperty":"a"},{"hasOwnProperty":"b"}]},"users":[{"constructor":"Ann","toString":{"at":"a"}},{"constructor":null,"toString":{"at":"b"}}]}',
    );
  });

  test('a scalar that is an object stays the one the subgraph holds', async () => {
    const { ask } = await graph();
    const { data } = await ask('{ me { settings best { settings } } }');
    expect(data?.['me']).toEqual({ settings, best: { settings: null } });
    expect(settings).toEqual({ nested: { on: true } });
  });
});

test('mutations are carried out one after another, whatever becomes of the first', async () => {
  const { ask, written } = await graph();
  const { data, errors } = await ask('mutation ($name: String!) { touch rename(name: $name) { name posts { text } } again: rename { id } }', { name: 'Cy' });
  expect(written).toEqual(['touch', { name: 'Cy' }, { name: 'Bo' }]);
  expect(data).toEqual({ touch: null, rename: { name: 'Ann', posts: [{ text: '2 by a' }] }, again: { id: 'a' } });
  expect(errors?.map(({ path }) => path)).toEqual([['touch']]);
});

test('the schema is not asked about in passing', async () => {
  const { ask } = await graph();
  await expect(ask('{ me { id } ... on Query { __schema { types { name } } } }')).rejects.toThrow('at the root of an operation');
});
