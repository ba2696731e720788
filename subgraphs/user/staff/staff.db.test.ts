import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, startSubgraphs } from '../../../test/subgraphs.ts';
import { STAFF_ROLES } from '../domain.ts';
import { user } from '../index.ts';
import { LOGIN, PASSWORD, startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
let admin: Identity;
beforeAll(async () => {
  shop = await startUserShop();
  admin = await shop.admin();
});
afterAll(() => shop[Symbol.asyncDispose]());

const REFRESH = 'mutation($input: TokenRefreshInput!) { tokenRefresh(input: $input) { tokens { accessToken } } }';
const USERS =
  'query($filter: UserFilter, $first: Int, $after: String) { users(filter: $filter, first: $first, after: $after) { nodes { username } pageInfo { hasNextPage endCursor } } }';
const ASSIGN =
  'mutation($id: ID!, $role: String!) { staffRoleAssign(userId: $id, role: $role) { user { staffRoles { name scopes } } userErrors { code path } } }';
const REVOKE = 'mutation($id: ID!, $role: String!) { staffRoleRevoke(userId: $id, role: $role) { user { staffRoles { name } } userErrors { code path } } }';
const SUSPEND = 'mutation($id: ID!, $reason: String!) { userSuspend(id: $id, reason: $reason) { user { status } userErrors { code path } } }';
const REINSTATE = 'mutation($id: ID!, $reason: String!) { userReinstate(id: $id, reason: $reason) { user { status } userErrors { code path } } }';

describe('the first staff account', () => {
  test('has every scope and sees the internal schema', () => {
    expect(admin).toMatchObject({ kind: 'staff', contract: 'internal', memberships: [] });
    expect(new Set(admin.scopes)).toEqual(new Set(['account', ...STAFF_ROLES.admin]));
  });

  test('exists once, keeps a password changed in the shop, takes a new one from the settings', async () => {
    const settings = { DATABASE_PREFIX: `${shop.config.DATABASE_PREFIX}s-` };
    await using first = await startSubgraphs([user], settings);
    const again = (environment: object = {}) => startSubgraphs([user], { ...settings, ...environment });
    const logIn = async (graph: typeof first, password: string) =>
      (await graph.ask('user', LOGIN, { input: { login: 'staff@example.test', password } })).data.userLogin;
    const accessToken = (await logIn(first, first.config.STAFF_PASSWORD)).tokens.accessToken;
    const identity = await shop.identityOf(accessToken);
    const CHANGE = 'mutation($input: PasswordChangeInput!) { passwordChange(input: $input) { userErrors { code } } }';
    await first.ask('user', CHANGE, { input: { currentPassword: first.config.STAFF_PASSWORD, newPassword: 'changed-in-the-shop' } }, { identity });

    const [second, third] = await Promise.all([again(), again()]);
    expect((await logIn(second, 'changed-in-the-shop')).tokens).not.toBeNull();
    expect((await logIn(third, second.config.STAFF_PASSWORD)).tokens).toBeNull();
    expect(await first.running('user').runtime.database.collection('user').countDocuments()).toBe(1);
    const fourth = await again({ STAFF_PASSWORD: 'new-in-the-settings' });
    expect((await logIn(fourth, 'new-in-the-settings')).tokens).not.toBeNull();
    expect((await logIn(fourth, 'changed-in-the-shop')).tokens).toBeNull();
    for (const graph of [second, third, fourth]) await graph.running('user').close();
  });
});

test('nobody suspends himself', async () => {
  const { data } = await shop.ask('user', SUSPEND, { id: admin.subject, reason: 'a slip' }, { identity: admin });
  expect(data.userSuspend).toEqual({ user: null, userErrors: [{ code: 'OWN_ACCOUNT', path: ['id'] }] });
});

describe('staff roles', () => {
  test('are listed, given and taken', async () => {
    const { data } = await shop.ask('user', '{ staffRoles { name scopes } }', {}, { identity: admin });
    expect(data.staffRoles.map((role: any) => role.name).sort()).toEqual(['admin', 'finance', 'moderator', 'support']);
    const hugo = await shop.signUp('hugo');
    for (let round = 0; round < 2; round++) {
      const assigned = await shop.ask('user', ASSIGN, { id: hugo.subject, role: 'support' }, { identity: admin });
      expect(assigned.data.staffRoleAssign).toEqual({ user: { staffRoles: [{ name: 'support', scopes: STAFF_ROLES.support }] }, userErrors: [] });
    }
    const login = await shop.logIn('hugo');
    const asStaff = await shop.identityOf(login.tokens.accessToken);
    expect(asStaff).toMatchObject({ kind: 'staff', contract: 'internal' });
    expect(asStaff.scopes).not.toContain('users:write');
    expect((await shop.ask('user', REVOKE, { id: hugo.subject, role: 'support' }, { identity: admin })).data.staffRoleRevoke).toEqual({
      user: { staffRoles: [] },
      userErrors: [],
    });
    expect((await shop.ask('user', REFRESH, { input: { refreshToken: login.tokens.refreshToken } })).data.tokenRefresh.tokens).toBeNull();
    expect(await shop.again('hugo')).toMatchObject({ kind: 'user', scopes: ['account'] });
  });

  test('rest on a sound request', async () => {
    const ask = async (query: string, variables: object) => (await shop.ask('user', query, variables, { identity: admin })).data;
    expect((await ask(ASSIGN, { id: admin.subject, role: 'emperor' })).staffRoleAssign.userErrors).toEqual([{ code: 'INVALID', path: ['role'] }]);
    expect((await ask(ASSIGN, { id: 'user_nobody', role: 'support' })).staffRoleAssign.userErrors).toEqual([{ code: 'NOT_FOUND', path: ['userId'] }]);
    expect((await ask(REVOKE, { id: admin.subject, role: 'admin' })).staffRoleRevoke.userErrors).toEqual([{ code: 'OWN_ROLE', path: ['userId'] }]);
    expect((await shop.ask('user', ASSIGN, { id: 'user_1', role: 'admin' }, { identity: buyer() })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  test('never widen the scopes of a membership to every merchant', async () => {
    const irma = await shop.signUp('irma');
    await shop.apply(irma, 'irmas-shop');
    await shop.ask('user', ASSIGN, { id: irma.subject, role: 'support' }, { identity: admin });
    const identity = await shop.again('irma');
    expect(identity.memberships).toEqual([]);
    expect(identity.scopes).not.toContain('orders:write');
  });
});

describe('suspending', () => {
  test('ends sessions and log-ins until it is taken back', async () => {
    const ivan = await shop.signUp('ivan');
    const { refreshToken } = (await shop.logIn('ivan')).tokens;
    expect((await shop.ask('user', SUSPEND, { id: ivan.subject, reason: ' ' }, { identity: admin })).data.userSuspend.userErrors).toEqual([
      { code: 'INVALID', path: ['reason'] },
    ]);
    expect((await shop.ask('user', SUSPEND, { id: ivan.subject, reason: 'fraud' }, { identity: admin })).data.userSuspend).toEqual({
      user: { status: 'SUSPENDED' },
      userErrors: [],
    });
    expect((await shop.ask('user', REFRESH, { input: { refreshToken } })).data.tokenRefresh.tokens).toBeNull();
    expect((await shop.logIn('ivan')).tokens).toBeNull();
    expect((await shop.ask('user', SUSPEND, { id: ivan.subject, reason: 'again' }, { identity: admin })).data.userSuspend.userErrors).toEqual([
      { code: 'INVALID_STATE', path: ['id'] },
    ]);
    expect((await shop.ask('user', REINSTATE, { id: ivan.subject, reason: 'cleared' }, { identity: admin })).data.userReinstate.user.status).toBe('ACTIVE');
    expect((await shop.logIn('ivan')).tokens).not.toBeNull();
    expect((await shop.ask('user', REFRESH, { input: { refreshToken } })).data.tokenRefresh.tokens).toBeNull();
    expect((await shop.ask('user', SUSPEND, { id: 'user_nobody', reason: 'x' }, { identity: admin })).data.userSuspend.userErrors).toEqual([
      { code: 'NOT_FOUND', path: ['id'] },
    ]);
  });
});

describe('the list of users', () => {
  test('is searched by beginnings, filtered and paged', async () => {
    for (const name of ['zoe', 'zora', 'zed']) await shop.register(name, { displayName: `Dr ${name}`, password: PASSWORD });
    const names = async (filter: object) => (await shop.ask('user', USERS, { filter }, { identity: admin })).data.users.nodes.map((node: any) => node.username);
    expect(await names({ search: 'ZO' })).toEqual(['zora', 'zoe']);
    expect(await names({ search: 'zed@exa' })).toEqual(['zed']);
    expect(await names({ search: 'dr z' })).toEqual(['zed', 'zora', 'zoe']);
    expect(await names({ search: 'dr z', status: 'SUSPENDED' })).toEqual([]);
    expect(await names({ search: 'zoe', createdAt: { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' } })).toEqual([]);
    const page = (await shop.ask('user', USERS, { filter: { search: 'dr z' }, first: 2 }, { identity: admin })).data.users;
    expect(page).toMatchObject({ nodes: [{ username: 'zed' }, { username: 'zora' }], pageInfo: { hasNextPage: true } });
    const rest = (await shop.ask('user', USERS, { filter: { search: 'dr z' }, first: 2, after: page.pageInfo.endCursor }, { identity: admin })).data.users;
    expect(rest).toMatchObject({ nodes: [{ username: 'zoe' }], pageInfo: { hasNextPage: false } });
    expect((await shop.ask('user', USERS, {}, { identity: buyer() })).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  test('one user by id', async () => {
    const judy = await shop.signUp('judy');
    const query = 'query($id: ID!) { user(id: $id) { email status staffRoles { name } } }';
    expect((await shop.ask('user', query, { id: judy.subject }, { identity: admin })).data.user).toEqual({
      email: 'judy@example.test',
      status: 'ACTIVE',
      staffRoles: [],
    });
    expect((await shop.ask('user', query, { id: 'user_nobody' }, { identity: admin })).data.user).toBeNull();
  });
});
