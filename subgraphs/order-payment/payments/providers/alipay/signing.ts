import type { KeyObject } from 'node:crypto';
import { signRsa, verifyRsa } from '../rsa.ts';

export type Params = Readonly<Record<string, string>>;

/** `a=1&b=2` of the decoded values, sorted by name: what Alipay signs of requests and notifications. */
const contentOf = (params: Params, left: ReadonlySet<string>): string =>
  Object.keys(params)
    .filter((name) => !left.has(name))
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&');

const UNSIGNED_IN_REQUESTS: ReadonlySet<string> = new Set(['sign']);
const UNSIGNED_IN_NOTIFICATIONS: ReadonlySet<string> = new Set(['sign', 'sign_type']);

export const signed = (params: Params, key: KeyObject): Params => ({ ...params, sign: signRsa(contentOf(params, UNSIGNED_IN_REQUESTS), key) });

/** The form's values, if each name comes once and Alipay signed them all. */
export function verifiedForm(body: string, key: KeyObject): Params | null {
  const entries = [...new URLSearchParams(body)];
  const params = Object.fromEntries(entries);
  const { sign, sign_type: type } = params;
  if (entries.length !== Object.keys(params).length || type !== 'RSA2' || sign === undefined) return null;
  return verifyRsa(contentOf(params, UNSIGNED_IN_NOTIFICATIONS), sign, key) ? params : null;
}

/** `{"…_response":{…},"sign":"…"}`: the object between the two is what was signed, as it stands. */
const ENVELOPE = /^\s*\{\s*"(\w+)"\s*:\s*(\{[\s\S]*\})\s*,\s*"sign"\s*:\s*"([^"]*)"\s*\}\s*$/;

/** The text of an answer's content, if it answers this method and Alipay signed it. */
export function verifiedAnswer(text: string, method: string, key: KeyObject): string | null {
  const [, name, content, sign] = ENVELOPE.exec(text) ?? [];
  if (name !== `${method.replaceAll('.', '_')}_response` || content === undefined || sign === undefined) return null;
  return verifyRsa(content, sign, key) ? content : null;
}
