import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '#platform/errors.ts';
import { ANONYMOUS, type Identity } from '#platform/identity.ts';
import type { RequestContext } from '#platform/internal-auth.ts';
import { isCountry, isCurrency } from '#platform/scalars.ts';
import type { TokenVerifier } from '#platform/tokens.ts';

/** No token is anonymous; a bad or expired one is refused. Nothing else in a request says who asks. */
export async function identityOf(headers: IncomingHttpHeaders, verifier: TokenVerifier): Promise<Identity> {
  const header = headers.authorization;
  if (header === undefined) return ANONYMOUS;
  const [, token] = /^Bearer ([\w.-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw new DomainError('UNAUTHENTICATED', 'The Authorization header must read "Bearer <access token>".');
  return verifier.verify(token);
}

const LOCALES = ['en', 'zh-CN'];
const REQUEST_SECONDS = 30;

/** Language, market and deadline of one request. */
export function requestContextOf(headers: IncomingHttpHeaders, requestId: string, ip: string | null): RequestContext {
  return {
    requestId,
    locale: localeOf(headers['accept-language']),
    country: headerOf(headers, 'x-country', isCountry, 'an ISO 3166-1 alpha-2 code, e.g. CN'),
    currency: headerOf(headers, 'x-currency', isCurrency, 'an ISO 4217 code, e.g. CNY'),
    companyId: headerOf(headers, 'x-company-id', (id) => /^[\w-]{1,64}$/.test(id), 'a company id'),
    deadline: Date.now() + REQUEST_SECONDS * 1000,
    ip,
    userAgent: headers['user-agent']?.slice(0, 300) ?? null,
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string, isRight: (value: string) => boolean, right: string): string | null {
  const value = headers[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string' || !isRight(value)) throw new DomainError('BAD_USER_INPUT', `The header ${name} must be ${right}.`, { header: name });
  return value;
}

/** The first language of the list that the shop speaks, by quality; English when none is. */
function localeOf(header: string | undefined): string {
  if (!header) return 'en';
  const wanted = header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((value) => value !== undefined);
      return { language: tag.split('-')[0]?.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .sort((a, b) => b.quality - a.quality);
  for (const { language, quality } of wanted) {
    const locale = quality > 0 && LOCALES.find((known) => known.split('-')[0] === language);
    if (locale) return locale;
  }
  return 'en';
}
