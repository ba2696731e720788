import { GraphQLError } from 'graphql';
import { Pool } from 'undici';
import type { Logger } from '#platform/logger.ts';
import type { Answered, SubgraphCall } from '../execution/executor.ts';
import { createAlarms } from './alarms.ts';
import { askedFor } from './asked.ts';
import type { ServerCaller } from './caller.ts';
import { exchange, type Received } from './exchange.ts';
import { compileRequestHeaders } from './request-headers.ts';
import type { RequestHeaderRule, ResponseHeaderRule } from './settings.ts';
import { createSharing, type Joined, type Sharing } from './sharing.ts';
import { Departure, Stop } from './stop.ts';
import { type ErrorSettings, readAnswer } from './subgraph-answer.ts';
import { writtenFor } from './written-call.ts';

export interface SubgraphSettings {
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxResponseBytes: number;
  readonly connections: number;
  readonly requestHeaders: readonly RequestHeaderRule[];
  readonly responseHeaders: readonly ResponseHeaderRule[];
}

interface SubgraphClientOptions {
  readonly subgraph: SubgraphSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is wrong with the settings goes here. */
  readonly problems: string[];
  readonly errors: ErrorSettings;
  /** Null where no calls are shared. */
  readonly writes: Writes | null;
  readonly log: Logger;
}

/** Who has written something, among all the subgraphs: what a caller reads after its own writing must know of it. */
export interface Writes {
  readonly callers: WeakSet<ServerCaller>;
  /** Called when a mutation was answered. */
  done(): void;
}

export interface SubgraphClient {
  /** Throws an error that clients may see when there is no answer. */
  send(call: SubgraphCall, caller: ServerCaller): Promise<Answered>;
  /** From now on no query joins one that was sent before. */
  forget(): void;
  close(): Promise<void>;
}

type Begin = (gone: Departure) => Promise<Received>;

/** Nobody waits for the answer any more. */
class OutOfTimeError extends Error {}

const OWN_HEADERS = { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' };
const RETRY_PAUSE_MS = 50;
const CONNECTION_FAILED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** One subgraph over kept-alive connections. */
export function createSubgraphClient({ subgraph, environment, problems, errors, writes, log }: SubgraphClientOptions): SubgraphClient {
  const { origin, pathname, search } = new URL(subgraph.url);
  const path = pathname + search;
  const pool = new Pool(origin, { connections: subgraph.connections, keepAliveTimeout: 30_000, maxResponseSize: subgraph.maxResponseBytes });
  const headersFor = compileRequestHeaders(subgraph.requestHeaders, environment, problems);
  const alarms = createAlarms();
  const sharing: Sharing<Received> | null = writes && createSharing();
  const answers = new WeakMap<Received, Answered>();

  /** Sends until there is an answer, the tries are used up, the time is over or nobody waits. */
  async function ask(body: string, headers: Readonly<Record<string, string>>, retries: number, deadline: number, gone: Departure): Promise<Received> {
    const ms = Math.min(subgraph.timeoutMs, deadline - Date.now());
    if (ms <= 0) throw new OutOfTimeError('the time for the request was over before it was asked');
    if (gone.reason !== undefined) throw gone.reason;
    const stop = new Stop();
    gone.stops.add(stop);
    const alarm = alarms.set(ms, () => stop.now(new OutOfTimeError(`it did not answer within ${ms} ms`)));
    try {
      for (let tries = 0; ; tries++) {
        try {
          return await exchange(pool, { path, headers, body }, stop);
        } catch (error) {
          if (stop.reason !== undefined) throw stop.reason;
          if (tries >= retries || !isConnectionError(error)) throw error;
        }
        await pause(RETRY_PAUSE_MS * (tries + 1), stop);
      }
    } finally {
      alarms.callOff(alarm);
      gone.stops.delete(stop);
    }
  }

  /** Cookies are for one client alone, and another's time may be over before one's own. */
  const isOwn = (outcome: PromiseSettledResult<Received>): boolean =>
    outcome.status === 'fulfilled' ? setsCookies(outcome.value) : outcome.reason instanceof OutOfTimeError;

  const read = async (begin: Begin, caller: ServerCaller, key: () => string): Promise<Joined<Received>> =>
    sharing && !writes?.callers.has(caller) ? sharing.join(key(), caller.gone, begin, isOwn) : { value: await begin(caller.gone), isShared: false };

  async function write(begin: Begin, caller: ServerCaller): Promise<Joined<Received>> {
    writes?.callers.add(caller);
    try {
      return { value: await begin(NEVER), isShared: false };
    } finally {
      writes?.done();
    }
  }

  /** Who shares an answer shares what was read in it; what they make of it, each makes for themselves. */
  function answerIn({ value: received, isShared }: Joined<Received>, { document, variables }: SubgraphCall): Answered {
    const known = answers.get(received);
    if (known) return known;
    const answer = { ...readAnswer(received.status, received.headers['content-type'], received.text, askedFor(document, variables), errors), isShared };
    if (isShared) answers.set(received, answer);
    return answer;
  }

  async function answerTo(call: SubgraphCall, caller: ServerCaller): Promise<Answered> {
    const { head, tail, isMutation } = writtenFor(call);
    const body = head + JSON.stringify(call.variables) + tail;
    const headers = headersFor(caller);
    const begin = (gone: Departure) => {
      const sent = { ...headers, ...OWN_HEADERS, 'x-request-id': caller.requestId };
      return ask(body, sent, isMutation ? 0 : subgraph.retries, caller.deadline, gone);
    };
    const joined = await (isMutation ? write(begin, caller) : read(begin, caller, () => `${caller.principal}\0${JSON.stringify(headers)}\0${body}`));
    const answer = answerIn(joined, call);
    caller.responseHeaders.add(subgraph.responseHeaders, joined.value.headers);
    if (caller.company && setsCookies(joined.value)) caller.company.isForFirst = true;
    return answer;
  }

  return {
    send: async (call, caller) => {
      try {
        return await answerTo(call, caller);
      } catch (error) {
        if (caller.company && error instanceof OutOfTimeError) caller.company.isForFirst = true;
        // A client that is gone needs no answer, and its going is nobody's failure.
        if (caller.gone.reason === undefined)
          log.warn({ requestId: caller.requestId, subgraph: subgraph.name, reason: reasonOf(error) }, 'a subgraph could not be asked');
        throw new GraphQLError('A part of the graph does not answer at the moment; please retry.', {
          extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true },
        });
      }
    },
    forget: () => sharing?.forget(),
    close: () => pool.close(),
  };
}

const setsCookies = ({ headers }: Received): boolean => headers['set-cookie'] !== undefined;

/** What a client set out to change is carried out, also when it does not wait for the answer. */
const NEVER = new Departure();

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}` : String(error);

const isConnectionError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && CONNECTION_FAILED.has(error.code);

const pause = (ms: number, stop: Stop): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    stop.act = (reason) => {
      clearTimeout(timer);
      reject(reason);
    };
  });
