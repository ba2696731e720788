import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from './errors.ts';
import type { Identity } from './identity.ts';

/** What a client request carries besides its identity: language, market, deadline. */
export interface RequestContext {
  readonly requestId: string;
  readonly locale: string;
  readonly country: string | null;
  readonly currency: string | null;
  readonly companyId: string | null;
  /** Milliseconds since the epoch after which nobody waits for the answer any more. */
  readonly deadline: number;
  /** The client's address, for rate limits and the audit trail. */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** Who asks on whose behalf. */
export interface Credential {
  readonly identity: Identity;
  readonly context: RequestContext;
  /** `gateway`, or the name of the subgraph that asks. */
  readonly caller: string;
}

export const INTERNAL_AUTH_HEADER = 'x-internal-auth';
const VALID_SECONDS = 30;

interface Payload extends Credential {
  readonly kid: string;
  readonly aud: string;
  readonly exp: number;
  readonly bodyHash: string;
}

/** The secrets of INTERNAL_AUTH_KEYS; each subgraph gets a key of its own derived from them. */
export function internalAuth(keys: string) {
  const secrets = new Map(keys.split(',').map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const));
  const [currentKid] = secrets.keys();
  if (currentKid === undefined) throw new Error('no internal keys');

  const derived = new Map<string, Buffer>();
  const keyOf = (kid: string, audience: string): Buffer | null => {
    const secret = secrets.get(kid);
    if (secret === undefined) return null;
    const name = `${kid}|${audience}`;
    let key = derived.get(name);
    if (!key) derived.set(name, (key = createHmac('sha256', secret).update(`subgraph:${audience}`).digest()));
    return key;
  };
  const macOf = (key: Buffer, payload: string) => createHmac('sha256', key).update(payload).digest();

  return {
    /** The header that makes a subgraph believe the credential, for this body only. */
    sign(audience: string, body: string | Buffer, credential: Credential): string {
      const key = keyOf(currentKid, audience);
      if (!key) throw new Error('no internal key');
      const payload: Payload = { ...credential, kid: currentKid, aud: audience, exp: Math.floor(Date.now() / 1000) + VALID_SECONDS, bodyHash: hashOf(body) };
      const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${text}.${macOf(key, text).toString('base64url')}`;
    },
    /** Throws UNAUTHENTICATED for anything that was not signed for this audience and body within the last half minute. */
    verify(audience: string, body: string | Buffer, header: string | undefined): Credential {
      const refuse = () => new DomainError('UNAUTHENTICATED', 'This address answers the gateway and the other subgraphs only.');
      const [text, mac] = (header ?? '').split('.');
      if (!text || !mac) throw refuse();
      const payload = parse(text);
      const key = payload && keyOf(payload.kid, audience);
      if (!payload || !key) throw refuse();
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(key, text);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refuse();
      if (payload.aud !== audience || payload.exp < Date.now() / 1000 || payload.bodyHash !== hashOf(body)) throw refuse();
      return { identity: payload.identity, context: payload.context, caller: payload.caller };
    },
  };
}

export type InternalAuth = ReturnType<typeof internalAuth>;

const hashOf = (body: string | Buffer): string => createHash('sha256').update(body).digest('base64url');

function parse(text: string): Payload | null {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Payload;
  } catch {
    return null;
  }
}
