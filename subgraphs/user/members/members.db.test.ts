import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer } from '../../../test/subgraphs.ts';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
beforeAll(async () => {
  shop = await startUserShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const INVITE = 'mutation($input: MerchantMemberInviteInput!) { merchantMemberInvite(input: $input) { merchant { id } userErrors { __typename code path } } }';
const ACCEPT = 'mutation($token: String!) { merchantInvitationAccept(token: $token) { merchant { id } userErrors { code path } } }';
const REMOVE =
  'mutation($merchantId: ID!, $userId: ID!) { merchantMemberRemove(merchantId: $merchantId, userId: $userId) { merchant { members { user { id } } } userErrors { code path } } }';
const INVITATIONS = '{ me { merchantInvitations { token role expiresAt merchant { id slug } } merchants { role scopes merchant { slug } } } }';
const TEAM = 'query($id: ID!) { merchant(id: $id) { members { role user { displayName } } } }';

let merchantId: string;
let owner: Identity;
let count = 0;
beforeEach(async () => {
  count += 1;
  owner = await shop.signUp(`owner${count}`);
  merchantId = (await shop.apply(owner, `team-${count}`)).merchant.id;
  owner = await shop.again(`owner${count}`);
});

const invite = async (identity: Identity, email: string, role: string) =>
  (await shop.ask('user', INVITE, { input: { merchantId, email, role } }, { identity })).data.merchantMemberInvite;
const accept = async (identity: Identity, token: string) => (await shop.ask('user', ACCEPT, { token }, { identity })).data.merchantInvitationAccept;
const remove = async (identity: Identity, userId: string | null) =>
  (await shop.ask('user', REMOVE, { merchantId, userId }, { identity })).data.merchantMemberRemove;
const mine = async (identity: Identity) => (await shop.ask('user', INVITATIONS, {}, { identity })).data.me;
const team = async () =>
  (await shop.ask('user', TEAM, { id: merchantId }, { identity: owner })).data.merchant.members.map((entry: any) => `${entry.user.displayName} ${entry.role}`);

/** Invites and lets accept; answers who it is, with the new rights. */
async function joined(name: string, role: string): Promise<Identity> {
  const identity = await shop.signUp(name);
  await invite(owner, `${name}@example.test`, role);
  const { merchantInvitations } = await mine(identity);
  expect((await accept(identity, merchantInvitations[0].token)).userErrors).toEqual([]);
  return shop.again(name);
}

describe('a team', () => {
  test('grows by invitation, with the scopes of each role', async () => {
    await invite(owner, 'CLERK@example.test', 'ORDER_CLERK');
    const clerk = await shop.signUp('clerk');
    const { merchantInvitations, merchants } = await mine(clerk);
    expect(merchants).toEqual([]);
    expect(merchantInvitations).toMatchObject([{ role: 'ORDER_CLERK', merchant: { id: merchantId } }]);
    expect(await accept(clerk, merchantInvitations[0].token)).toEqual({ merchant: { id: merchantId }, userErrors: [] });
    expect(await mine(clerk)).toMatchObject({ merchantInvitations: [], merchants: [{ role: 'ORDER_CLERK', merchant: { slug: `team-${count}` } }] });
    expect(await team()).toEqual([`owner${count} OWNER`, 'clerk ORDER_CLERK']);

    const now = await shop.again('clerk');
    expect(now.memberships).toMatchObject([{ merchantId, role: 'ORDER_CLERK' }]);
    expect(now.scopes).toContain('orders:write');
    expect(now.scopes).not.toContain('merchant:team');
    const refused = await shop.ask('user', INVITE, { input: { merchantId, email: 'x@example.test', role: 'SUPPORT' } }, { identity: now });
    expect(refused.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  test('an invitation is of use to nobody else, once, and for seven days', async () => {
    await invite(owner, 'wanted@example.test', 'SUPPORT');
    const wanted = await shop.signUp('wanted');
    const { token, expiresAt } = (await mine(wanted)).merchantInvitations[0];
    expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(7, 2);
    expect((await accept(await shop.signUp('thief'), token)).userErrors).toEqual([{ code: 'NOT_FOUND', path: ['token'] }]);
    expect((await accept(wanted, 'garbage')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);

    await shop
      .running('user')
      .runtime.database.collection('merchant-invitation')
      .updateOne({ token }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    expect((await accept(wanted, token)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    await invite(owner, 'wanted@example.test', 'FINANCE');
    const renewed = (await mine(wanted)).merchantInvitations;
    expect(renewed).toMatchObject([{ role: 'FINANCE' }]);
    expect(renewed[0].token).not.toBe(token);

    expect((await accept(wanted, renewed[0].token)).userErrors).toEqual([]);
    expect((await accept(wanted, renewed[0].token)).userErrors).toEqual([]);
    await remove(owner, wanted.subject);
    expect((await accept(wanted, renewed[0].token)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('accepted ten times at once is one membership; invited ten times at once is one invitation', async () => {
    const eager = await shop.signUp(`eager${count}`);
    await Promise.all(Array.from({ length: 10 }, () => invite(owner, `eager${count}@example.test`, 'SUPPORT')));
    const { merchantInvitations } = await mine(eager);
    expect(merchantInvitations).toHaveLength(1);
    const answers = await Promise.all(Array.from({ length: 10 }, () => accept(eager, merchantInvitations[0].token)));
    expect(answers.every((answer) => answer.userErrors.length === 0)).toBe(true);
    expect(await team()).toEqual([`owner${count} OWNER`, `eager${count} SUPPORT`]);
  });

  test('two who accept at once both join', async () => {
    const people = await Promise.all([`left${count}`, `right${count}`].map((name) => shop.signUp(name)));
    await Promise.all([`left${count}`, `right${count}`].map((name) => invite(owner, `${name}@example.test`, 'READ_ONLY')));
    const tokens = await Promise.all(people.map(async (identity) => (await mine(identity)).merchantInvitations[0].token));
    await Promise.all(people.map((identity, index) => accept(identity, tokens[index])));
    expect((await team()).sort()).toEqual([`left${count} READ_ONLY`, `owner${count} OWNER`, `right${count} READ_ONLY`]);
  });

  test('nobody hands out or takes away more than he has', async () => {
    const manager = await joined(`manager${count}`, 'MANAGER');
    expect((await invite(manager, 'friend@example.test', 'OWNER')).userErrors).toMatchObject([{ code: 'ROLE_NOT_GRANTABLE', path: ['input', 'role'] }]);
    expect((await remove(manager, owner.subject)).userErrors).toMatchObject([{ code: 'ROLE_NOT_GRANTABLE' }]);
    expect((await invite(manager, 'friend@example.test', 'SUPPORT')).userErrors).toEqual([]);
    expect((await invite(manager, `owner${count}@example.test`, 'SUPPORT')).userErrors).toMatchObject([{ code: 'ALREADY_MEMBER' }]);
  });

  test('of another merchant is not found', async () => {
    const stranger = await shop.signUp(`stranger${count}`);
    await shop.apply(stranger, `strange-${count}`);
    const identity = await shop.again(`stranger${count}`);
    expect((await invite(identity, 'x@example.test', 'SUPPORT')).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'merchantId'] }]);
    expect((await remove(identity, owner.subject)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const { data } = await shop.ask(
      'user',
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on Merchant { slug members { role } } } }',
      { r: [{ __typename: 'Merchant', id: merchantId }] },
      { identity },
    );
    expect(data._entities).toEqual([null]);
  });

  test('keeps an owner, whoever leaves at once', async () => {
    expect((await remove(owner, owner.subject)).userErrors).toEqual([{ code: 'LAST_OWNER', path: ['userId'] }]);
    const second = await joined(`second${count}`, 'OWNER');
    const answers = await Promise.all([remove(owner, second.subject), remove(second, owner.subject)]);
    expect(answers.filter((answer) => answer.userErrors.length === 0)).toHaveLength(1);
    expect(
      await shop
        .running('user')
        .runtime.database.collection('merchant')
        .countDocuments({ _id: merchantId as never, 'members.role': 'OWNER', members: { $size: 1 } }),
    ).toBe(1);
    expect((await remove(owner, 'user_nobody')).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['userId'] }]);
  });

  test('invitations show to whom they are for, not even to staff', async () => {
    await invite(owner, `secret${count}@example.test`, 'SUPPORT');
    const secret = await shop.signUp(`secret${count}`);
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on User { merchantInvitations { token } merchants { role } } } }';
    const r = [{ __typename: 'User', id: secret.subject }];
    expect((await shop.ask('user', query, { r }, { identity: buyer() })).data._entities).toEqual([{ merchantInvitations: null, merchants: null }]);
    expect((await shop.ask('user', query, { r }, { identity: await shop.admin() })).data._entities).toEqual([{ merchantInvitations: null, merchants: [] }]);
  });
});
