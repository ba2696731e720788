import { request } from 'undici';
import type { z } from 'zod';
import { type ProviderFailure, ProviderRejectedError, ProviderUnavailableError } from './provider.ts';

export interface Question {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What came back, whatever it says. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** The bytes as they came, since signatures are over them. */
  readonly body: Buffer;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** One HTTP exchange with a company; without an answer nobody knows what it did. */
export async function exchange(provider: string, { url, method, headers, body }: Question, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Answered> {
  const send = async (): Promise<Answered> => {
    const answer = await request(url, { method, headers, body: body ?? null, signal: AbortSignal.timeout(timeoutMs) });
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
  };
  try {
    // A kept-alive connection may have been closed under us; every call is idempotent, so a second one does no harm.
    return await send().catch((error: unknown) => (isDroppedConnection(error) ? send() : Promise.reject(error)));
  } catch (error) {
    throw new ProviderUnavailableError(provider, `${method} ${url} got no answer`, { cause: error });
  }
}

function isDroppedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET');
}

/** Overloaded or broken: whether it did what it was asked is unknown. */
export const isOutage = (status: number): boolean => status >= 500 || status === 429;

/** The answer in the shape that it must have; anything else tells us nothing. */
export function read<T>(provider: string, shape: z.ZodType<T>, text: string, about: string): T {
  const parsed = shape.safeParse(parseJson(text));
  if (!parsed.success) throw new ProviderUnavailableError(provider, `${about} was answered unintelligibly`, { cause: parsed.error });
  return parsed.data;
}

/** Undefined for what is not JSON, which no shape accepts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a company did, or its own word that it did not. */
export type Reply<T> = { readonly answer: T; readonly refusal?: undefined } | { readonly answer?: undefined; readonly refusal: ProviderFailure };

export function accepted<T>(provider: string, reply: Reply<T>): T {
  if (reply.refusal) throw new ProviderRejectedError(provider, reply.refusal.code, reply.refusal.message);
  return reply.answer;
}

/** Null where the company's word is one of these: it knows of no such thing. */
export function acceptedUnless<T>(provider: string, reply: Reply<T>, unknown: ReadonlySet<string>): T | null {
  return reply.refusal && unknown.has(reply.refusal.code) ? null : accepted(provider, reply);
}
