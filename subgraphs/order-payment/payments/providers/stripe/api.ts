import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exchange, isOutage, read, type Reply } from '../exchange.ts';
import { ProviderUnavailableError } from '../provider.ts';
import { NAME } from './objects.ts';

/** The version that stripe-mock describes, against which every request is tested; the account's own may be another. */
const STRIPE_VERSION = '2026-08-26.dahlia';

export interface StripeApiSettings {
  readonly apiUrl: string;
  readonly secretKey: string;
  readonly timeoutMs?: number | undefined;
}

export type FormValue = string | number | readonly string[] | Readonly<Record<string, string>>;
export type Form = Readonly<Record<string, FormValue>>;

export interface Success<T> {
  readonly object: T;
  /** It was answered before under this idempotency key: this is how it was then, not how it is now. */
  readonly isReplay: boolean;
}

const errorShape = z.object({ error: z.object({ type: z.string(), code: z.string().nullish(), message: z.string().nullish() }) });

/** Another call under the same idempotency key is under way, or holds the object: soon it does not. */
const BUSY: ReadonlySet<string> = new Set(['idempotency_key_in_use', 'lock_timeout']);
const BUSY_PAUSES_MS = [100, 200, 400, 800];

export function createStripeApi({ apiUrl, secretKey, timeoutMs }: StripeApiSettings) {
  async function once<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, form: Form, key?: string): Promise<Reply<Success<T>>> {
    const encoded = encodeForm(form);
    const headers = {
      authorization: `Bearer ${secretKey}`,
      'stripe-version': STRIPE_VERSION,
      'content-type': 'application/x-www-form-urlencoded',
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const url = `${apiUrl}${path}${method === 'GET' && encoded ? `?${encoded}` : ''}`;
    const answer = await exchange(NAME, { url, method, headers, body: method === 'POST' ? encoded : undefined }, timeoutMs);
    const { status, body } = answer;
    if (isOutage(status)) throw new ProviderUnavailableError(NAME, `${method} ${path} was answered with ${status}`);
    const text = body.toString('utf8');
    if (status < 300) return { answer: { object: read(NAME, shape, text, path), isReplay: answer.headers['idempotent-replayed'] === 'true' } };
    const { error } = read(NAME, errorShape, text, path);
    return { refusal: { code: error.code ?? error.type, message: `${error.message ?? error.type} (${status})` } };
  }

  return async function call<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, form: Form = {}, key?: string): Promise<Reply<Success<T>>> {
    for (const pause of BUSY_PAUSES_MS) {
      const reply = await once(method, path, shape, form, key);
      if (!reply.refusal || !BUSY.has(reply.refusal.code)) return reply;
      await sleep(pause);
    }
    throw new ProviderUnavailableError(NAME, `${method} ${path} stayed busy`);
  };
}

export const isList = <T>(item: z.ZodType<T>) => z.object({ object: z.enum(['list', 'search_result']), data: z.array(item) });

/** As Stripe writes nested values: `metadata[paymentId]=…`, `expand[]=…`. */
function encodeForm(form: Form): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (typeof value === 'string' || typeof value === 'number') fields.append(name, String(value));
    else if (isTextList(value)) for (const item of value) fields.append(`${name}[]`, item);
    else for (const [key, item] of Object.entries(value)) fields.append(`${name}[${key}]`, item);
  }
  return fields.toString();
}

const isTextList = (value: FormValue): value is readonly string[] => Array.isArray(value);

/** A text inside the quotes of a search query. */
export const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)}"`;
