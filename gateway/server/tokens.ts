import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { DomainError } from '#platform/errors.ts';
import type { Claims } from './caller.ts';
import { claimAt } from './request-headers.ts';
import type { JwtSettings } from './settings.ts';

/** Throws UNAUTHENTICATED for what is not a valid, current token. */
export type ReadToken = (token: string) => Promise<Claims>;

/** Tokens seen lately are not verified again until they expire. */
const KEPT_TOKENS = 10_000;

/** `file` is the configuration's own, from which paths in it lead; what is wrong with its keys goes to `problems`. */
export function tokenReader(settings: JwtSettings, file: string | null, problems: string[]): ReadToken {
  const { issuer, audience, algorithms, clockToleranceSeconds, scopesClaim, policiesClaim } = settings;
  const keys = keysOf(settings.keys, file, problems);
  const kept = new Map<string, { claims: Claims; expiresAt: number }>();

  return async (token) => {
    const known = kept.get(token);
    if (known && known.expiresAt > Date.now()) return known.claims;
    kept.delete(token);
    const payload = await verify(token, keys, {
      algorithms,
      clockTolerance: clockToleranceSeconds,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    });
    const claims: Claims = {
      all: payload,
      rights: { isSignedIn: true, scopes: namesAt(payload, scopesClaim), policies: namesAt(payload, policiesClaim) },
    };
    if (payload.exp !== undefined) {
      if (kept.size >= KEPT_TOKENS) kept.clear();
      kept.set(token, { claims, expiresAt: payload.exp * 1000 });
    }
    return claims;
  };
}

async function verify(token: string, keys: JWTVerifyGetKey, options: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && !(error instanceof errors.JWKSInvalid))
      throw new DomainError('UNAUTHENTICATED', 'The access token is not valid or has expired; get a new one, or ask without it.');
    // Without the keys nothing is known of the token, neither good nor bad.
    throw new DomainError('SERVICE_UNAVAILABLE', 'Access tokens cannot be verified at the moment; please retry.');
  }
}

function keysOf(keys: JwtSettings['keys'], file: string | null, problems: string[]): JWTVerifyGetKey {
  if (keys.from === 'url') return createRemoteJWKSet(new URL(keys.url));
  if (keys.from === 'here') return localKeys('jwt.keys.keys', { keys: keys.keys }, problems);
  const path = resolve(file === null ? '.' : dirname(file), keys.path);
  try {
    return localKeys('jwt.keys.path', JSON.parse(readFileSync(path, 'utf8')), problems);
  } catch (error) {
    return localKeys('jwt.keys.path', error, problems);
  }
}

function localKeys(setting: string, keySet: JSONWebKeySet | unknown, problems: string[]): JWTVerifyGetKey {
  try {
    if (isKeySet(keySet)) return createLocalJWKSet(keySet);
    problems.push(`${setting}: must lead to a JSON Web Key Set${keySet instanceof Error ? `: ${keySet.message}` : ''}`);
  } catch (error) {
    problems.push(`${setting}: must be a JSON Web Key Set: ${error instanceof Error ? error.message : String(error)}`);
  }
  return () => Promise.reject(new Error('there are no keys'));
}

const isKeySet = (value: unknown): value is JSONWebKeySet => typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);

/** A list of names, or names in one text with blanks between. */
function namesAt(payload: JWTPayload, claim: string): ReadonlySet<string> {
  const value = claimAt(payload, claim);
  if (Array.isArray(value)) return new Set(value.filter((name) => typeof name === 'string'));
  return new Set(typeof value === 'string' ? value.split(/\s+/).filter((name) => name !== '') : []);
}
