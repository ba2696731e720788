import { z } from 'zod';
import { type Answered, exchange, isOutage, parseJson, type Reply } from '../exchange.ts';
import { ProviderUnavailableError } from '../provider.ts';
import { NAME } from './platform-keys.ts';
import { authorizationOf, flawOf, type KeyOf, type MerchantIdentity } from './signing.ts';

export interface ApiSettings extends MerchantIdentity {
  readonly apiUrl: string;
  /** Which key the answers are to be signed with; without it they are signed with a platform certificate. */
  readonly publicKeyId?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly now: () => Date;
}

/** Says with its error what is true of the moment, not of the request. */
const UNKNOWN_OUTCOME: ReadonlySet<string> = new Set([
  'SYSTEM_ERROR',
  'SYSTEMERROR',
  'BANK_ERROR',
  'BANKERROR',
  'FREQUENCY_LIMITED',
  'FREQUENCY_LIMIT_EXCEED',
  'RATELIMIT_EXCEEDED',
]);

const errorShape = z.object({ code: z.string(), message: z.string().default('') });

export const nothing = z.undefined();

export async function send(settings: ApiSettings, method: 'GET' | 'POST', pathAndQuery: string, content?: object): Promise<Answered> {
  const { apiUrl, publicKeyId, timeoutMs, now } = settings;
  const body = content ? JSON.stringify(content) : '';
  const headers = {
    authorization: authorizationOf(settings, method, pathAndQuery, body, now()),
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'tradegraph',
    ...(publicKeyId !== undefined && { 'wechatpay-serial': publicKeyId }),
  };
  return exchange(NAME, { url: `${apiUrl}${pathAndQuery}`, method, headers, body: content && body }, timeoutMs);
}

/** Signed calls. An answer is believed when its signature fits; a refusal also when it has none, as WeChat Pay leaves it out of some. */
export function createApi(settings: ApiSettings, keyOf: KeyOf) {
  return async function call<T>(method: 'GET' | 'POST', pathAndQuery: string, shape: z.ZodType<T>, content?: object): Promise<Reply<T>> {
    const answer = await send(settings, method, pathAndQuery, content);
    const { status, headers, body } = answer;
    const unknown = (what: string) => new ProviderUnavailableError(NAME, `${method} ${pathAndQuery} was answered ${what}`);
    if (isOutage(status)) throw unknown(`with ${status}`);
    const flaw = status >= 300 && headers['wechatpay-signature'] === undefined ? null : await flawOf(answer, keyOf, settings.now());
    if (flaw !== null) throw unknown(`inauthentically: ${flaw}`);
    const text = body.toString('utf8');
    const value = text === '' ? undefined : parseJson(text);
    if (status < 300) {
      const { data, error } = shape.safeParse(value);
      if (error) throw unknown(`unintelligibly: ${error.message}`);
      return { answer: data };
    }
    const { data: refusal } = errorShape.safeParse(value);
    if (!refusal || UNKNOWN_OUTCOME.has(refusal.code)) throw unknown(`with ${status} ${refusal?.code ?? text.slice(0, 200)}`);
    return { refusal };
  };
}
