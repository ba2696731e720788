import { createHash, randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import { signingKeysOf } from '#platform/config.ts';
import { newId } from '#platform/entity.ts';
import { issueToken } from '#platform/tokens.ts';
import type { Context } from '../context.ts';
import { ACCOUNT_SCOPE, type StaffRoleName, scopesOfStaff } from '../domain.ts';
import { RefreshToken } from './entities.ts';

const DAY_MS = 24 * 3600 * 1000;
const GUEST_SESSION_MS = 30 * DAY_MS;
export const SESSION_MS = 30 * DAY_MS;

interface TokenOwner {
  readonly id: string;
  readonly staffRoles: readonly StaffRoleName[];
}

/** The secret that the client gets, and what is stored of it. */
export function newRefreshToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOfToken(token) };
}

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Stores a refresh token as the session's newest, in the caller's transaction. */
export const addRefreshToken = (tx: EntityManager, hash: string, sessionId: string, expiresAt: Date) =>
  tx.create(RefreshToken, { _id: hash, sessionId, usedAt: null, expiresAt });

/** What the caller gets: the access token says who he is and what he may do as of now. */
export async function tokensFor(context: Context, owner: TokenOwner, sessionId: string, refresh: { token: string; expiresAt: Date }) {
  const { config } = context;
  const accessTokenExpiresAt = new Date(Date.now() + config.ACCESS_TOKEN_SECONDS * 1000);
  const rights = await rightsOf(context, owner);
  const accessToken = await issueToken(signingKeysOf(config), { ...rights, subject: owner.id, sessionId }, accessTokenExpiresAt);
  return { accessToken, accessTokenExpiresAt, refreshToken: refresh.token, refreshTokenExpiresAt: refresh.expiresAt, scopes: [...rights.scopes] };
}

/**
 * Staff act for the platform only: their scopes count for any merchant, so those of a membership of their own must not
 * be among them.
 */
async function rightsOf({ loaders }: Context, { id, staffRoles }: TokenOwner) {
  if (staffRoles.length > 0) {
    return { kind: 'staff', scopes: [ACCOUNT_SCOPE, ...scopesOfStaff(staffRoles)], memberships: [], contract: 'internal' } as const;
  }
  const memberships = await loaders.memberships.load(id);
  const scopes = [...new Set([ACCOUNT_SCOPE, ...memberships.flatMap((membership) => membership.scopes)])];
  const rights = memberships.map(({ merchantId, role, scopes: ofRole }) => ({ merchantId, role, scopes: ofRole }));
  return { kind: 'user', scopes, memberships: rights, contract: rights.length > 0 ? 'partner' : 'public' } as const;
}

/** A visitor's token carries his session; nothing of it is stored. */
export async function guestToken({ config }: Context) {
  const subject = newId('guest');
  const expiresAt = new Date(Date.now() + GUEST_SESSION_MS);
  const token = await issueToken(
    signingKeysOf(config),
    { kind: 'guest', subject, sessionId: subject, scopes: [], memberships: [], contract: 'public' },
    expiresAt,
  );
  return { guestToken: token, expiresAt };
}
