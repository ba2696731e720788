import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingKeysOf } from '#platform/config.ts';
import type { Identity } from '#platform/identity.ts';
import { issueToken } from '#platform/tokens.ts';
import { buyer } from '../../../test/subgraphs.ts';
import { LOGIN, PASSWORD, startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
beforeAll(async () => {
  shop = await startUserShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const collection = (name: string) => shop.running('user').runtime.database.collection(name);
const REFRESH =
  'mutation($input: TokenRefreshInput!) { tokenRefresh(input: $input) { tokens { accessToken refreshToken } userErrors { __typename code message path } } }';
const refresh = async (refreshToken: string) => (await shop.ask('user', REFRESH, { input: { refreshToken } })).data.tokenRefresh;
const SESSIONS = '{ me { sessions { id current deviceName userAgent } } }';
const sessionsOf = async (identity: Identity) => (await shop.ask('user', SESSIONS, {}, { identity })).data.me.sessions;
const tryLogin = (login: string, password: string) => shop.ask('user', LOGIN, { input: { login, password } });

describe('logging in', () => {
  test('gives tokens that say who it is, for as long as the settings say', async () => {
    await shop.register('alice');
    const { tokens } = await shop.logIn('alice');
    const identity = await shop.identityOf(tokens.accessToken);
    expect(identity).toMatchObject({ kind: 'user', scopes: ['account'], memberships: [], contract: 'public' });
    expect(tokens.scopes).toEqual(['account']);
    const seconds = (Date.parse(tokens.accessTokenExpiresAt) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(890);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  test('an unknown user, a wrong password and a suspended account read alike', async () => {
    await shop.register('susan');
    await collection('user').updateOne({ usernameKey: 'susan' }, { $set: { status: 'SUSPENDED' } });
    const answers = [await shop.logIn('nobody-at-all'), await shop.logIn('alice', 'wrong-password-1'), await shop.logIn('susan')];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ user: null, tokens: null, userErrors: [{ __typename: 'CredentialsError', code: 'INVALID_CREDENTIALS' }] });
  });

  test.each(['known', 'unknown'])('the sixth failure on a %s account is refused, and then the right password too', async (kind) => {
    const login = `victim-${kind}`;
    if (kind === 'known') await shop.register(login);
    for (let attempt = 0; attempt < 5; attempt++) expect((await tryLogin(login, 'wrong-password-1')).data.userLogin.userErrors).toHaveLength(1);
    for (const password of ['wrong-password-1', PASSWORD]) {
      const { errors, data } = await tryLogin(login.toUpperCase(), password);
      expect(data).toBeNull();
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' });
      expect(errors?.[0]?.extensions?.['retryAfterSeconds']).toBeGreaterThan(800);
      expect(errors?.[0]?.extensions?.['retryAfterSeconds']).toBeLessThanOrEqual(900);
    }
  });

  test('failures count per account, whatever it is called', async () => {
    await shop.register('walter');
    for (let attempt = 0; attempt < 5; attempt++) await tryLogin(attempt % 2 ? 'walter' : 'walter@example.test', 'wrong-password-1');
    expect((await tryLogin('Walter', PASSWORD)).errors?.[0]?.extensions?.['code']).toBe('RATE_LIMITED');
  });

  test('a window that is over counts no more, and a success forgives', async () => {
    await shop.register('trent');
    for (let attempt = 0; attempt < 4; attempt++) await tryLogin('trent', 'wrong-password-1');
    expect((await shop.logIn('trent')).userErrors).toEqual([]);
    for (let attempt = 0; attempt < 5; attempt++) await tryLogin('trent', 'wrong-password-1');
    expect((await tryLogin('trent', PASSWORD)).errors).toHaveLength(1);
    await collection('login-attempts').updateMany({}, { $set: { expiresAt: new Date(Date.now() - 1) } });
    expect((await shop.logIn('trent')).userErrors).toEqual([]);
  });

  test('fifty guesses at once are five guesses', async () => {
    await shop.register('mallory');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => tryLogin('mallory', index === 49 ? PASSWORD : `wrong-password-${index}`)));
    const looked = answers.filter((answer) => !answer.errors).length;
    expect(looked).toBe(5);
    expect(answers.filter((answer) => answer.errors?.[0]?.extensions?.['code'] === 'RATE_LIMITED')).toHaveLength(45);
  });

  test('twenty right passwords at once all get in', async () => {
    await shop.register('olivia');
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.logIn('olivia')));
    expect(answers.every((answer) => answer.tokens !== null)).toBe(true);
    expect(await collection('login-attempts').countDocuments({ begun: { $lt: 0 } })).toBe(0);
  });

  test('a long password does not pass for its first 72 bytes', async () => {
    const longest = 'x'.repeat(69) + 'abc';
    await shop.register('peggy', { password: longest });
    expect((await shop.logIn('peggy', longest)).userErrors).toEqual([]);
    expect((await shop.logIn('peggy', `${longest}!`)).userErrors).toHaveLength(1);
  });
});

describe('guests', () => {
  const GUEST = 'mutation { guestSessionCreate { guestToken expiresAt userErrors { code } } }';

  test('get a token for thirty days', async () => {
    const { guestToken, expiresAt } = (await shop.ask('user', GUEST)).data.guestSessionCreate;
    const identity = await shop.identityOf(guestToken);
    expect(identity).toMatchObject({ kind: 'guest', scopes: [], contract: 'public' });
    expect(identity.subject).toMatch(/^guest_[0-9A-Z]{26}$/);
    expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(30, 2);
  });

  test('who log in while cart is down are in, and the cart hears of it later', async () => {
    await shop.register('gina');
    const { guestToken } = (await shop.ask('user', GUEST)).data.guestSessionCreate;
    const guest = await shop.identityOf(guestToken);
    const answer = await shop.logIn('gina', PASSWORD, { guestToken });
    expect(answer.userErrors).toEqual([]);
    const [event] = await collection('outbox').find({ topic: 'guest.signed_in' }).toArray();
    expect(event?.['data']).toEqual({ guestSessionId: guest.subject, userId: answer.user.id });
  });

  test('a token that is no guest token is told, whatever it is', async () => {
    const expired = await issueToken(
      signingKeysOf(shop.config),
      { kind: 'guest', subject: 'guest_1', sessionId: 'guest_1', scopes: [], memberships: [], contract: 'public' },
      new Date(Date.now() - 1000),
    );
    const ofUser = (await shop.logIn('gina')).tokens.accessToken;
    for (const guestToken of ['garbage', expired, ofUser]) {
      expect(await shop.logIn('gina', PASSWORD, { guestToken })).toMatchObject({
        tokens: null,
        userErrors: [{ __typename: 'ValidationError', path: ['input', 'guestToken'] }],
      });
    }
  });
});

describe('refreshing', () => {
  test('rotates; a used token ends the family', async () => {
    await shop.register('rita');
    const first = (await shop.logIn('rita')).tokens.refreshToken;
    const second = (await refresh(first)).tokens.refreshToken;
    const third = (await refresh(second)).tokens.refreshToken;
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await refresh(first)).toMatchObject({ tokens: null, userErrors: [{ __typename: 'CredentialsError', code: 'INVALID_REFRESH_TOKEN' }] });
    expect(await refresh(third)).toMatchObject({ tokens: null });
    expect(await refresh('garbage')).toEqual(await refresh(third));
  });

  test('no token is stored as it is', async () => {
    const { refreshToken } = (await shop.logIn('rita')).tokens;
    expect(await collection('refresh-token').findOne({ _id: refreshToken as never })).toBeNull();
    expect(JSON.stringify(await collection('refresh-token').find().toArray())).not.toContain(refreshToken);
  });

  test('two at once with one token leave at most one live family, fifty times', async () => {
    await shop.register('rahel');
    for (let round = 0; round < 50; round++) {
      const login = (await shop.logIn('rahel')).tokens;
      const { sessionId } = await shop.identityOf(login.accessToken);
      const answers = await Promise.all([refresh(login.refreshToken), refresh(login.refreshToken)]);
      expect(answers.filter((answer) => answer.tokens !== null).length).toBeLessThanOrEqual(1);
      const unused = await collection('refresh-token').countDocuments({ sessionId, usedAt: null });
      const isLive = await collection('session').countDocuments({ _id: sessionId as never, revokedAt: null });
      expect(unused * isLive).toBeLessThanOrEqual(1);
      expect(isLive).toBe(0);
    }
  });

  test('a suspended account gets no more', async () => {
    await shop.register('ruth');
    const { refreshToken } = (await shop.logIn('ruth')).tokens;
    await collection('user').updateOne({ usernameKey: 'ruth' }, { $set: { status: 'SUSPENDED' } });
    expect(await refresh(refreshToken)).toMatchObject({ tokens: null });
  });

  test('an expired token is over', async () => {
    const { refreshToken } = (await shop.logIn('rita')).tokens;
    await collection('refresh-token').updateMany({ usedAt: null }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    expect(await refresh(refreshToken)).toMatchObject({ tokens: null });
  });
});

describe('sessions', () => {
  const LOGOUT = 'mutation($everywhere: Boolean!) { userLogout(everywhere: $everywhere) { revokedSessions userErrors { code } } }';
  const REVOKE = 'mutation($id: ID!) { sessionRevoke(sessionId: $id) { revokedSessions userErrors { code path } } }';

  test('are listed, ended one by one or all together', async () => {
    await shop.register('sam');
    const logins = [await shop.logIn('sam', PASSWORD, { deviceName: 'phone' }), await shop.logIn('sam'), await shop.logIn('sam')];
    const [phone, , here] = await Promise.all(logins.map((login) => shop.identityOf(login.tokens.accessToken)));
    const listed = await sessionsOf(here!);
    expect(listed).toHaveLength(3);
    expect(listed.filter((session: any) => session.current)).toMatchObject([{ id: here!.sessionId, userAgent: 'test' }]);
    expect(listed).toContainEqual({ id: phone!.sessionId, current: false, deviceName: 'phone', userAgent: 'test' });

    expect((await shop.ask('user', REVOKE, { id: phone!.sessionId }, { identity: here! })).data.sessionRevoke).toEqual({ revokedSessions: 1, userErrors: [] });
    expect(await refresh(logins[0].tokens.refreshToken)).toMatchObject({ tokens: null });
    expect((await shop.ask('user', LOGOUT, { everywhere: true }, { identity: here! })).data.userLogout).toEqual({ revokedSessions: 2, userErrors: [] });
    expect((await shop.ask('user', LOGOUT, { everywhere: false }, { identity: here! })).data.userLogout).toEqual({ revokedSessions: 0, userErrors: [] });
    expect(await sessionsOf(here!)).toEqual([]);
  });

  test('of others are not found', async () => {
    const other = await shop.again('rita');
    const { data } = await shop.ask('user', REVOKE, { id: other.sessionId }, { identity: await shop.again('alice') });
    expect(data.sessionRevoke).toEqual({ revokedSessions: 0, userErrors: [{ code: 'NOT_FOUND', path: ['sessionId'] }] });
    expect(await sessionsOf(other)).not.toEqual([]);
  });
});

describe('changing the password', () => {
  const CHANGE = 'mutation($input: PasswordChangeInput!) { passwordChange(input: $input) { userErrors { __typename code path } } }';
  const change = (identity: Identity, currentPassword: string, newPassword: string) =>
    shop.ask('user', CHANGE, { input: { currentPassword, newPassword } }, { identity });

  test('asks for the current one, keeps to the rules, ends the other sessions', async () => {
    await shop.register('paul');
    const other = (await shop.logIn('paul')).tokens;
    const own = (await shop.logIn('paul')).tokens;
    const identity = await shop.identityOf(own.accessToken);
    expect((await change(identity, 'wrong-password-1', 'another-password-2')).data.passwordChange.userErrors).toMatchObject([
      { code: 'INVALID_CREDENTIALS', path: ['input', 'currentPassword'] },
    ]);
    expect((await change(identity, PASSWORD, 'paul')).data.passwordChange.userErrors).toMatchObject([
      { __typename: 'PasswordPolicyError', path: ['input', 'newPassword'] },
    ]);
    expect((await change(identity, PASSWORD, 'another-password-2')).data.passwordChange.userErrors).toEqual([]);
    expect((await shop.logIn('paul')).tokens).toBeNull();
    expect((await shop.logIn('paul', 'another-password-2')).tokens).not.toBeNull();
    expect((await refresh(other.refreshToken)).tokens).toBeNull();
    expect((await refresh(own.refreshToken)).tokens).not.toBeNull();
  });

  test('cannot be used to guess', async () => {
    await shop.register('pia');
    const identity = await shop.again('pia');
    for (let attempt = 0; attempt < 5; attempt++) await change(identity, `wrong-password-${attempt}`, 'another-password-2');
    expect((await change(identity, PASSWORD, 'another-password-2')).errors?.[0]?.extensions?.['code']).toBe('RATE_LIMITED');
  });

  test('of two at once one wins', async () => {
    await shop.register('pat');
    const identity = await shop.again('pat');
    const answers = await Promise.all(['first-password-1', 'second-password-2'].map((password) => change(identity, PASSWORD, password)));
    expect(answers.filter((answer) => answer.data.passwordChange.userErrors.length === 0)).toHaveLength(1);
  });

  test('needs an account that is there', async () => {
    expect((await change(buyer(), PASSWORD, 'another-password-2')).data.passwordChange.userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
  });
});
