import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, staff } from '../../../test/subgraphs.ts';
import { PASSWORD, startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
beforeAll(async () => {
  shop = await startUserShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const usersWith = (filter: object) => shop.running('user').runtime.database.collection('user').countDocuments(filter);
const ME = '{ me { id displayName username email phone locale createdAt } }';
const UPDATE =
  'mutation($input: ProfileUpdateInput!) { profileUpdate(input: $input) { user { displayName locale currency timeZone personalisationEnabled } userErrors { __typename code path } } }';

describe('registering', () => {
  test('opens an account that can log in by name, e-mail and phone', async () => {
    const answer = await shop.register('Alice', { email: 'Alice@Example.test', phone: '+8613800138000', displayName: ' 爱丽丝 ' });
    expect(answer).toEqual({ verificationSent: false, userErrors: [] });
    for (const login of ['alice', 'ALICE', 'alice@example.TEST', '+8613800138000']) {
      expect(await shop.logIn(login)).toMatchObject({ user: { displayName: '爱丽丝' }, userErrors: [] });
    }
    const { data } = await shop.ask('user', ME, {}, { identity: await shop.again('alice') });
    expect(data.me).toMatchObject({ displayName: '爱丽丝', username: 'Alice', email: 'Alice@Example.test', phone: '+8613800138000', locale: 'en' });
  });

  test('a taken name is told, a taken address is not', async () => {
    await shop.register('bob');
    expect((await shop.register('BOB', { email: 'other@example.test' })).userErrors).toMatchObject([
      { __typename: 'ValidationError', code: 'USERNAME_TAKEN', path: ['input', 'username'] },
    ]);
    expect(await shop.register('bobby', { email: 'BOB@example.test' })).toEqual({ verificationSent: false, userErrors: [] });
    expect((await shop.logIn('bobby')).userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
    expect(await usersWith({ emailKey: 'bob@example.test' })).toBe(1);
  });

  test('everything that is wrong is told at once, and nothing is stored', async () => {
    const answer = await shop.register('x', { email: null, password: 'password1', displayName: ' ', acceptedTermsVersion: '' });
    expect(answer.userErrors.map((error: any) => [error.code, error.path.at(-1)])).toEqual([
      ['INVALID', 'username'],
      ['CONTACT_REQUIRED', 'email'],
      ['PASSWORD_POLICY', 'password'],
      ['INVALID', 'displayName'],
      ['INVALID', 'acceptedTermsVersion'],
    ]);
    expect(answer.userErrors[2]).toMatchObject({ __typename: 'PasswordPolicyError', failedRules: ['TOO_COMMON'] });
    expect(await usersWith({ usernameKey: 'x' })).toBe(0);
  });

  test('messages are in the language of the caller', async () => {
    const query = 'mutation($input: UserRegisterInput!) { userRegister(input: $input) { userErrors { message } } }';
    const input = { username: 'x', email: 'x@example.test', password: PASSWORD, acceptedTermsVersion: '1' };
    const { data } = await shop.ask('user', query, { input }, { locale: 'zh-CN' });
    expect(data.userRegister.userErrors[0].message).toContain('用户名须为');
  });

  test('a malformed e-mail is refused before anything runs', async () => {
    const input = { username: 'eve', email: 'not an address', password: PASSWORD, acceptedTermsVersion: '1' };
    const { errors } = await shop.ask('user', 'mutation($input: UserRegisterInput!) { userRegister(input: $input) { verificationSent } }', { input });
    expect(errors?.[0]?.message).toContain('EmailAddress must be');
  });

  test('ten at once with one e-mail: one account, one answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => shop.register(`carol${index}`, { email: index % 2 ? 'carol@example.test' : 'CAROL@example.test' })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify({ verificationSent: false, userErrors: [] })]));
    expect(await usersWith({ emailKey: 'carol@example.test' })).toBe(1);
  });

  test('ten at once with one name: one account, nine told', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => shop.register(index % 2 ? 'dave' : 'Dave', { email: `dave${index}@example.test` })),
    );
    expect(answers.filter((answer) => answer.userErrors.length === 0)).toHaveLength(1);
    expect(answers.filter((answer) => answer.userErrors[0]?.code === 'USERNAME_TAKEN')).toHaveLength(9);
    expect(await usersWith({ usernameKey: 'dave' })).toBe(1);
  });

  test('names and addresses are found by their indexes', async () => {
    const users = shop.running('user').runtime.database.collection('user');
    for (const key of [{ usernameKey: 'dave' }, { emailKey: 'carol@example.test' }, { phone: '+8613800138000' }]) {
      const { executionStats } = await users.find(key).explain('executionStats');
      expect(executionStats.totalDocsExamined).toBe(1);
    }
  });
});

describe('profiles', () => {
  test('nobody is nobody, a guest neither', async () => {
    expect((await shop.ask('user', ME)).data).toEqual({ me: null });
    expect((await shop.ask('user', ME, {}, { identity: guest() })).data).toEqual({ me: null });
  });

  test('change what is given, tell the new name once, and refuse an empty one', async () => {
    const identity = await shop.signUp('frank');
    const { data } = await shop.ask(
      'user',
      UPDATE,
      { input: { displayName: 'Frank F.', currency: 'CNY', timeZone: 'Asia/Shanghai', personalisationEnabled: false } },
      { identity },
    );
    expect(data.profileUpdate).toEqual({
      user: { displayName: 'Frank F.', locale: 'en', currency: 'CNY', timeZone: 'Asia/Shanghai', personalisationEnabled: false },
      userErrors: [],
    });
    const cleared = await shop.ask('user', UPDATE, { input: { currency: null } }, { identity });
    expect(cleared.data.profileUpdate.user).toMatchObject({ displayName: 'Frank F.', currency: null, timeZone: 'Asia/Shanghai' });
    for (const displayName of ['', null]) {
      const refused = await shop.ask('user', UPDATE, { input: { displayName } }, { identity });
      expect(refused.data.profileUpdate).toMatchObject({ user: null, userErrors: [{ code: 'INVALID', path: ['input', 'displayName'] }] });
    }
    const events = await shop.running('user').runtime.database.collection('outbox').find({ topic: 'user.profile_changed' }).toArray();
    expect(events.map((event) => event['data'])).toEqual([{ userId: identity.subject, displayName: 'Frank F.' }]);
  });

  test('others see the public name; staff who may, see all', async () => {
    const grace = await shop.signUp('grace');
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on User { id displayName username email createdAt } } }';
    const r = [
      { __typename: 'User', id: grace.subject },
      { __typename: 'User', id: 'user_nobody' },
    ];
    const asOther = await shop.ask('user', query, { r }, { identity: await shop.signUp('heidi') });
    expect(asOther.data._entities).toEqual([{ id: grace.subject, displayName: 'grace', username: null, email: null, createdAt: null }, null]);
    const asStaff = await shop.ask('user', query, { r }, { identity: staff('users:read') });
    expect(asStaff.data._entities[0]).toMatchObject({ username: 'grace', email: 'grace@example.test' });
    const asOtherStaff = await shop.ask('user', query, { r }, { identity: staff('catalog:moderate') });
    expect(asOtherStaff.data._entities[0]).toMatchObject({ email: null });
  });

  test('names of fifty users are one database call, as is that of one', async () => {
    const grace = await shop.again('grace');
    for (const count of [1, 50]) {
      shop.fetches.length = 0;
      const ids = Array.from({ length: count }, (_, index) => (index === 0 ? grace.subject : `user_${index}`));
      const { data } = await shop.ask('user', 'query($ids: [ID!]!) { displayNames(ids: $ids) }', { ids }, { caller: 'review' });
      expect(data.displayNames).toHaveLength(count);
      expect(data.displayNames[0]).toBe('grace');
      expect(shop.fetches.map((fetch) => fetch.commands)).toEqual([1]);
    }
    const { errors } = await shop.ask('user', '{ displayNames(ids: []) }');
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});
