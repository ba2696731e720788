import type { DocumentNode, FormattedExecutionResult } from 'graphql';
import { Pool } from 'undici';
import { type Credential, INTERNAL_AUTH_HEADER, type InternalAuth } from './internal-auth.ts';
import type { StoredEvent } from './outbox.ts';

/**
 * What the fetches of one client request share in one process: each subgraph's context, by its name. It goes with the
 * request: what a WeakMap holds of a request outlives it until the next full collection, with every row that was loaded.
 */
export type Session = Map<string, unknown>;

/** One GraphQL operation for one subgraph. */
export interface SubgraphRequest extends Credential {
  readonly query: string;
  /** The parsed query, where the sender has it: saves parsing it again in the same process. */
  readonly document?: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  /** Stands for one client request: fetches that share it share loaders, in one process. */
  readonly session?: Session;
}

/** A fetch as it came over HTTP; who asks stands in its credential. */
export const parseFetch = (body: Buffer) => JSON.parse(body.toString('utf8')) as Pick<SubgraphRequest, 'query' | 'variables' | 'operationName'>;

export type SubgraphResponse = FormattedExecutionResult;

/** How a subgraph is reached. It cannot tell which of the two it is. */
export interface Transport {
  send(subgraph: string, request: SubgraphRequest): Promise<SubgraphResponse>;
  deliver(subgraph: string, event: StoredEvent): Promise<void>;
  close(): Promise<void>;
}

/** What a running subgraph answers, whoever carries the question. */
export interface Engine {
  readonly name: string;
  execute(request: SubgraphRequest): Promise<SubgraphResponse>;
  consume(event: StoredEvent): Promise<void>;
}

/** A function call; the call itself is the proof of who asks. Engines may be added after siblings hold the transport. */
export function embeddedTransport(engines: Map<string, Engine>): Transport {
  const engineOf = (subgraph: string): Engine => {
    const engine = engines.get(subgraph);
    if (!engine) throw new SubgraphUnavailableError(subgraph, 'it is not running');
    return engine;
  };
  return {
    send: (subgraph, request) => engineOf(subgraph).execute(request),
    deliver: (subgraph, event) => engineOf(subgraph).consume(event),
    close: async () => {},
  };
}

/** The subgraph did not answer, or not as a GraphQL server does. */
export class SubgraphUnavailableError extends Error {
  constructor(subgraph: string, reason: string) {
    super(`the subgraph ${subgraph} is unavailable: ${reason}`);
    this.name = 'SubgraphUnavailableError';
  }
}

const MAX_RESPONSE_BYTES = 50_000_000;
const EVENT_TIMEOUT_MS = 10_000;
/** How long a subgraph that did not take an event is told none: one that hangs shall not hold up what the others hear. */
const SILENCE_MS = 2_000;

/** HTTP over kept-alive connections, with the signed credential in a header. */
export function httpTransport(urls: Readonly<Record<string, string>>, auth: InternalAuth): Transport {
  const pools = new Map(
    Object.entries(urls).map(
      ([name, url]) => [name, new Pool(url, { connections: 64, keepAliveTimeout: 30_000, maxResponseSize: MAX_RESPONSE_BYTES })] as const,
    ),
  );

  async function post(subgraph: string, path: string, body: string, credential: Credential, timeoutMs: number): Promise<string> {
    const pool = pools.get(subgraph);
    if (!pool) throw new Error(`no address is known for the subgraph ${subgraph}`);
    const response = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', [INTERNAL_AUTH_HEADER]: auth.sign(subgraph, body, credential) },
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new SubgraphUnavailableError(subgraph, `it answered ${response.statusCode}`);
    return text;
  }

  async function send(subgraph: string, request: SubgraphRequest): Promise<SubgraphResponse> {
    const { query, variables, operationName, identity, context, caller } = request;
    const body = JSON.stringify({ query, variables, operationName });
    const timeoutMs = Math.max(1, context.deadline - Date.now());
    const attempt = () => post(subgraph, '/graphql', body, { identity, context, caller }, timeoutMs);
    const isQuery = !/^\s*mutation\b/.test(query);
    try {
      return parseResponse(subgraph, await attempt().catch((error: unknown) => (isQuery && isConnectionError(error) ? attempt() : Promise.reject(error))));
    } catch (error) {
      if (error instanceof SubgraphUnavailableError) throw error;
      throw new SubgraphUnavailableError(subgraph, error instanceof Error ? error.message : String(error));
    }
  }

  const silentUntil = new Map<string, number>();
  async function deliver(subgraph: string, event: StoredEvent): Promise<void> {
    if ((silentUntil.get(subgraph) ?? 0) > Date.now()) throw new SubgraphUnavailableError(subgraph, 'it did not answer a moment ago');
    try {
      await post(subgraph, '/events', JSON.stringify(event), systemCredential(event), EVENT_TIMEOUT_MS);
    } catch (error) {
      // One that answered, though not well, is there: the next event may please it.
      if (!(error instanceof SubgraphUnavailableError)) silentUntil.set(subgraph, Date.now() + SILENCE_MS);
      throw error;
    }
  }

  return {
    send,
    deliver,
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

const systemCredential = (event: StoredEvent): Credential => ({
  identity: { kind: 'system', subject: null, sessionId: null, scopes: [], memberships: [], contract: 'internal' },
  context: {
    requestId: event._id,
    locale: 'en',
    country: null,
    currency: null,
    companyId: null,
    deadline: Date.now() + EVENT_TIMEOUT_MS,
    ip: null,
    userAgent: null,
  },
  caller: 'relay',
});

const isConnectionError = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^(ECONNREFUSED|ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(error.code);

function parseResponse(subgraph: string, text: string): SubgraphResponse {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed || 'errors' in parsed))
    throw new SubgraphUnavailableError(subgraph, 'its answer is no GraphQL response');
  return parsed as SubgraphResponse;
}
