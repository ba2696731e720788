import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '#platform/config.ts';

export const INVOICE_PREFIX = '/invoices/';

const VALID_SECONDS = 24 * 3600;

const keysOf = ({ INTERNAL_AUTH_KEYS }: Pick<Config, 'INTERNAL_AUTH_KEYS'>): string[] =>
  INTERNAL_AUTH_KEYS.split(',').map((pair) => pair.slice(pair.indexOf(':') + 1));

const macOf = (secret: string, id: string, expires: number): Buffer => createHmac('sha256', secret).update(`invoice:${id}:${expires}`).digest();

/** The address of a document's page; who has it may open it, for a day. */
export function addressOfPage(config: Config, id: string, locale: string, now = Date.now()): string {
  const expires = Math.floor(now / 1000) + VALID_SECONDS;
  const signature = macOf(keysOf(config)[0] ?? '', id, expires).toString('base64url');
  const query = new URLSearchParams({ lang: locale.startsWith('zh') ? 'zh' : 'en', expires: String(expires), signature });
  return `${config.publicUrl}${INVOICE_PREFIX}${id}?${query.toString()}`;
}

/** Whether the address was signed here, for this document, and has not lapsed; older keys still count while they are listed. */
export function isSigned(config: Pick<Config, 'INTERNAL_AUTH_KEYS'>, id: string, query: URLSearchParams, now = Date.now()): boolean {
  const expires = Number(query.get('expires'));
  const given = Buffer.from(query.get('signature') ?? '', 'base64url');
  if (!Number.isSafeInteger(expires) || expires * 1000 < now) return false;
  return keysOf(config).some((secret) => {
    const expected = macOf(secret, id, expires);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
