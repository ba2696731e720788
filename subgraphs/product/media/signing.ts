import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '#platform/config.ts';

/** What a signed address allows: to put the bytes of one medium, or to get them. */
type Permission = 'upload' | 'view';

const keysOf = ({ INTERNAL_AUTH_KEYS }: Pick<Config, 'INTERNAL_AUTH_KEYS'>): string[] =>
  INTERNAL_AUTH_KEYS.split(',').map((pair) => pair.slice(pair.indexOf(':') + 1));

const macOf = (secret: string, permission: Permission, id: string, expires: number): Buffer =>
  createHmac('sha256', secret).update(`media:${permission}:${id}:${expires}`).digest();

/** The query that makes an address of a medium valid until then. */
export function signedQuery(config: Config, permission: Permission, id: string, expiresAt: Date): string {
  const expires = Math.floor(expiresAt.getTime() / 1000);
  const [secret = ''] = keysOf(config);
  return new URLSearchParams({ expires: String(expires), signature: macOf(secret, permission, id, expires).toString('base64url') }).toString();
}

/** Whether the query was signed here, for this, and has not lapsed; older keys still count while they are listed. */
export function isSigned(config: Config, permission: Permission, id: string, query: URLSearchParams, now: number): boolean {
  const expires = Number(query.get('expires'));
  const given = Buffer.from(query.get('signature') ?? '', 'base64url');
  if (!Number.isSafeInteger(expires) || expires * 1000 < now) return false;
  return keysOf(config).some((secret) => {
    const expected = macOf(secret, permission, id, expires);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
