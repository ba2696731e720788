import { signingKeysOf } from '#platform/config.ts';
import { DomainError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import { guestIdOf, signedIn } from '#platform/identity.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { tokenVerifier } from '#platform/tokens.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { loginKeyOf, passwordProblem } from '../accounts/domain.ts';
import { User } from '../accounts/entities.ts';
import { hashPassword, passwordMatches } from '../accounts/passwords.ts';
import type { Context } from '../context.ts';
import { beginAttempt } from './attempts.ts';
import { deviceNameProblem, invalidGuestToken, invalidRefreshToken, wrongCredentials, wrongCurrentPassword } from './domain.ts';
import { endSessions } from './ending.ts';
import { RefreshToken, Session } from './entities.ts';
import { handOver } from './handover.ts';
import { addRefreshToken, guestToken, hashOfToken, newRefreshToken, SESSION_MS, tokensFor } from './tokens.ts';

interface LoginInput {
  readonly login: string;
  readonly password: string;
  readonly guestToken?: string | null | undefined;
  readonly deviceName?: string | null | undefined;
}

export async function logIn(context: Context, input: LoginInput) {
  const { em, config, request, loaders } = context;
  const refused = (error: UserErrorData) => ({ user: null, tokens: null, userErrors: [error] });
  const unfit = deviceNameProblem(input.deviceName);
  if (unfit) return refused(unfit);
  const guestSessionId = input.guestToken == null ? null : await guestSessionOf(context, input.guestToken);
  if (input.guestToken != null && guestSessionId === null) return refused(invalidGuestToken());

  const [account = null] = await findRows(em, User, loginKeyOf(input.login), ['passwordHash', 'status', 'staffRoles'], { limit: 1 });
  const attempt = await beginAttempt(em, account?.id ?? JSON.stringify(loginKeyOf(input.login)), request.ip);
  const isRight = await passwordMatches(input.password, account?.passwordHash ?? null, config.BCRYPT_COST);
  if (!isRight || account?.status !== 'ACTIVE') {
    await attempt.failed();
    return refused(wrongCredentials());
  }
  await attempt.succeeded();

  if (guestSessionId !== null) await handOver(context, guestSessionId, account.id);
  const opened = await openSession(context, account.id, input.deviceName ?? null);
  return { user: await loaders.user.load(account.id), tokens: await tokensFor(context, account, opened.sessionId, opened), userErrors: [] };
}

/** The session of a valid guest token; null for any other token. */
async function guestSessionOf({ config }: Context, token: string): Promise<string | null> {
  try {
    return guestIdOf(await tokenVerifier(signingKeysOf(config)).verify(token));
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

async function openSession({ em, request }: Context, userId: string, deviceName: string | null) {
  const { token, hash } = newRefreshToken();
  return transaction(em, async (tx) => {
    const now = new Date();
    const expiresAt = new Date(now.getTime() + SESSION_MS);
    const session = tx.create(Session, {
      userId,
      deviceName,
      userAgent: request.userAgent?.slice(0, 256) ?? null,
      lastSeenAt: now,
      expiresAt,
      revokedAt: null,
    });
    await tx.flush();
    addRefreshToken(tx, hash, session.id, expiresAt);
    return { sessionId: session.id, token, expiresAt };
  });
}

/** Of two that bring the same token one wins; to the other it is a used one, and the session ends. */
export async function refreshTokens(context: Context, { refreshToken }: { refreshToken: string }) {
  const { em } = context;
  const refused = { tokens: null, userErrors: [invalidRefreshToken()] };
  const next = newRefreshToken();
  const hash = hashOfToken(refreshToken);
  const rotated = await transaction(em, async (tx) => {
    const now = new Date();
    const used = await rawCollection(tx, RefreshToken).findOneAndUpdate(
      { _id: hash, usedAt: null, expiresAt: { $gt: now } },
      { $set: { usedAt: now } },
      sessionOf(tx),
    );
    if (!used) return null;
    const expiresAt = new Date(now.getTime() + SESSION_MS);
    const session = await rawCollection(tx, Session).findOneAndUpdate(
      { _id: used['sessionId'], revokedAt: null },
      { $set: { lastSeenAt: now, expiresAt } },
      sessionOf(tx),
    );
    if (!session) return null;
    addRefreshToken(tx, next.hash, session._id, expiresAt);
    return { sessionId: session._id, userId: String(session['userId']), token: next.token, expiresAt };
  });
  if (!rotated) {
    await endReusedSession(context, hash);
    return refused;
  }
  const [account] = await findRows(em, User, { _id: rotated.userId, status: 'ACTIVE' }, ['staffRoles'], { limit: 1 });
  return account ? { tokens: await tokensFor(context, account, rotated.sessionId, rotated), userErrors: [] } : refused;
}

async function endReusedSession({ em, log }: Context, hash: string): Promise<void> {
  const [token] = await findRows(em, RefreshToken, { _id: hash }, ['sessionId'], { limit: 1 });
  if (!token) return;
  log.warn({ sessionId: token.sessionId }, 'a used refresh token came again; its session is ended');
  await endSessions(em, { _id: token.sessionId });
}

export async function createGuestSession(context: Context) {
  return { ...(await guestToken(context)), userErrors: [] };
}

export async function logOut({ em, identity }: Context, everywhere: boolean) {
  const { userId, sessionId } = signedIn(identity);
  return { revokedSessions: await endSessions(em, everywhere ? { userId } : { userId, _id: sessionId }), userErrors: [] };
}

export async function revokeSession({ em, identity }: Context, sessionId: string) {
  const { userId } = signedIn(identity);
  const revokedSessions = await endSessions(em, { userId, _id: sessionId });
  return { revokedSessions, userErrors: revokedSessions > 0 ? [] : [notFoundError(['sessionId'], { en: 'The session', zh: '该会话' })] };
}

export async function changePassword(
  { em, identity, config, request }: Context,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
) {
  const { userId, sessionId } = signedIn(identity);
  const [account] = await findRows(em, User, { _id: userId }, ['passwordHash', 'username', 'email'], { limit: 1 });
  const attempt = await beginAttempt(em, userId, request.ip);
  if (!account || !(await passwordMatches(currentPassword, account.passwordHash, config.BCRYPT_COST))) {
    await attempt.failed();
    return { userErrors: [wrongCurrentPassword()] };
  }
  await attempt.succeeded();
  const problem = passwordProblem(['input', 'newPassword'], newPassword, account);
  if (problem) return { userErrors: [problem] };

  const passwordHash = await hashPassword(newPassword, config.BCRYPT_COST);
  const changed = await transaction(em, async (tx) => {
    // Only what was checked is replaced: of two changes at once the second finds its current password gone.
    const { matchedCount } = await rawCollection(tx, User).updateOne(
      { _id: userId, passwordHash: account.passwordHash },
      { $set: { passwordHash } },
      sessionOf(tx),
    );
    if (matchedCount > 0) await endSessions(tx, { userId, _id: { $ne: sessionId } });
    return matchedCount > 0;
  });
  return { userErrors: changed ? [] : [wrongCurrentPassword()] };
}
