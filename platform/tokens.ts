import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { SigningKey } from './config.ts';
import { DomainError } from './errors.ts';
import type { Identity, Membership } from './identity.ts';

const ISSUER = 'tradegraph';
const AUDIENCE = 'tradegraph';
const ALGORITHM = 'EdDSA';
/** Tokens seen lately are not verified again until they expire. */
const KEPT_TOKENS = 10_000;

type Bearer = Omit<Identity, 'kind'> & { readonly kind: 'guest' | 'user' | 'client' | 'staff' };

/** Signs who somebody is, as a JWT of its own lifetime; the first key signs. */
export async function issueToken(keys: readonly SigningKey[], identity: Bearer, expiresAt: Date): Promise<string> {
  const [key] = keys;
  if (!key) throw new Error('no signing key');
  return new SignJWT({ knd: identity.kind, sid: identity.sessionId, scp: identity.scopes, mbr: identity.memberships, ctr: identity.contract })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid })
    .setSubject(identity.subject ?? '')
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(await importJWK(key, ALGORITHM));
}

export interface TokenVerifier {
  /** Throws UNAUTHENTICATED for anything that is not a valid, current token of ours. */
  verify(token: string): Promise<Identity>;
}

export function tokenVerifier(keys: readonly SigningKey[]): TokenVerifier {
  const publicKeys = new Map(keys.map(({ d: _private, ...key }) => [key.kid, importJWK(key, ALGORITHM)] as const));
  const kept = new Map<string, { identity: Identity; expiresAt: number }>();

  async function check(token: string): Promise<{ identity: Identity; expiresAt: number }> {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = kid === undefined ? undefined : publicKeys.get(kid);
        if (!key) throw new Error('unknown key');
        return key;
      },
      { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE },
    );
    return { identity: identityOf(payload), expiresAt: (payload.exp ?? 0) * 1000 };
  }

  return {
    verify: async (token) => {
      const known = kept.get(token);
      if (known && known.expiresAt > Date.now()) return known.identity;
      const verified = await check(token).catch(() => {
        throw new DomainError('UNAUTHENTICATED', 'The access token is not valid or has expired; refresh it, or sign in again without sending it.');
      });
      if (kept.size >= KEPT_TOKENS) kept.clear();
      kept.set(token, verified);
      return verified.identity;
    },
  };
}

function identityOf(payload: JWTPayload): Identity {
  const { knd, scp, mbr, ctr, sid, sub } = payload;
  if (knd !== 'guest' && knd !== 'user' && knd !== 'client' && knd !== 'staff') throw new Error('unknown kind');
  return {
    kind: knd,
    subject: sub ?? null,
    sessionId: typeof sid === 'string' ? sid : null,
    scopes: Array.isArray(scp) ? (scp as string[]) : [],
    memberships: Array.isArray(mbr) ? (mbr as Membership[]) : [],
    contract: ctr === 'partner' || ctr === 'internal' ? ctr : 'public',
  };
}

/** The public keys, as `/.well-known/jwks.json` shows them. */
export const publicKeysOf = (keys: readonly SigningKey[]): object[] => keys.map(({ d: _private, ...key }) => ({ ...key, alg: ALGORITHM, use: 'sig' }));
