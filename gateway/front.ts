import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '#platform/errors.ts';
import { type HttpHandler, type HttpRoutes, routeOf, sendJson, sendText } from '#platform/http.ts';
import type { Logger } from '#platform/logger.ts';
import { crowded, enter } from './crowding.ts';
import type { Answer, Caller, Gateway } from './gateway.ts';
import { readOperation } from './operation-request.ts';
import { RefusedRequest } from './refused-request.ts';

interface FrontOptions<C extends Caller> {
  /** The largest body that is read, in bytes. */
  readonly bodyLimit: number;
  /** Throws a DomainError for a caller who is refused. */
  readonly callerOf: (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<C>;
  /** Why the values of a request cannot be taken, whoever they are for; null where they can. */
  readonly unfitValue: (query: string, variables: unknown) => string | null;
  readonly corsOf: (request: IncomingMessage) => Readonly<Record<string, string>>;
  /** The page at `/`. */
  readonly landing: HttpHandler;
  /** Plain pages, there from the start. */
  readonly pages: HttpRoutes;
  readonly log: Logger;
}

/** The HTTP side of a gateway; answers 503 until it is given something to serve, and again while it drains. */
export interface Front<C extends Caller> {
  readonly handle: HttpHandler;
  /** From now on operations go to this gateway, and other paths to these handlers. */
  open(gateway: Gateway<C>, routes: HttpRoutes): void;
  drain(): void;
}

const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, BAD_USER_INPUT: 400, FORBIDDEN: 403, RATE_LIMITED: 429, SERVICE_UNAVAILABLE: 503 };

export function createFront<C extends Caller>({ bodyLimit, callerOf, unfitValue, corsOf, landing, pages, log }: FrontOptions<C>): Front<C> {
  let serving: { gateway: Gateway<C>; routes: HttpRoutes } | null = null;
  let isDraining = false;

  const graphql: HttpHandler = async (request, response) => {
    const requestId = requestIdOf(request);
    const leave = enter(request.socket);
    try {
      if (!serving) throw new DomainError('SERVICE_UNAVAILABLE', 'The gateway is starting; retry in a moment.');
      if (leave.isCrowded) throw crowded();
      const operation = await readOperation(request, bodyLimit);
      const unfit = unfitValue(operation.query, operation.variables);
      if (unfit !== null) throw new RefusedRequest(400, unfit);
      const caller = await callerOf(request, response, requestId);
      sendAnswer(request, response, requestId, await serving.gateway.execute(operation, caller));
    } catch (error) {
      if (!isRefusal(error)) log.error({ requestId, error: error instanceof Error ? error.stack : String(error) }, 'a request failed');
      sendAnswer(request, response, requestId, answerOf(error, requestId));
    } finally {
      leave();
    }
  };

  const ready: HttpHandler = (_request, response) => {
    const isReady = serving !== null && !isDraining;
    sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : isDraining ? 'draining' : 'starting' });
  };

  const own: HttpRoutes = {
    '/graphql': graphql,
    '/health': (_request, response) => sendJson(response, 200, { status: 'ok' }),
    '/ready': ready,
    ...pages,
  };

  return {
    handle: async (request, response) => {
      for (const [name, value] of Object.entries(corsOf(request))) response.setHeader(name, value);
      if (isDraining) response.setHeader('connection', 'close');
      if (request.method === 'OPTIONS') return void response.writeHead(204).end();
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const handler = path === '/' ? landing : (routeOf(own, path) ?? (serving && routeOf(serving.routes, path)));
      if (!handler) return sendText(response, 404, 'Not found. The graph is at POST /graphql.\n');
      try {
        await handler(request, response);
      } catch (error) {
        const requestId = requestIdOf(request);
        log.error({ requestId, path, error: error instanceof Error ? error.stack : String(error) }, 'a request failed');
        if (!response.headersSent) sendText(response, 502, `This does not answer at the moment; please retry. If it persists, report request ${requestId}.\n`);
        else response.destroy();
      }
    },
    open: (gateway, routes) => {
      serving = { gateway, routes };
    },
    drain: () => {
      isDraining = true;
    },
  };
}

/** A caller's own id where it is harmless in a log, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

function sendAnswer(request: IncomingMessage, response: ServerResponse, requestId: string, answer: Answer): void {
  const { status, body, headers } = answer;
  const isNewMediaType = request.headers.accept?.includes(GRAPHQL_RESPONSE) ?? false;
  const payload = answer.isShared && body.data ? sharedPayload(body.data, body) : JSON.stringify(body);
  const length = Buffer.byteLength(payload);
  response.writeHead(status, {
    'content-type': `${isNewMediaType ? GRAPHQL_RESPONSE : 'application/json'}; charset=utf-8`,
    'content-length': length,
    'cache-control': 'no-store',
    ...headers,
    'x-request-id': requestId,
    ...(status === 405 && { allow: 'POST' }),
  });
  if (typeof payload !== 'string') response.end(payload);
  // What is one byte a character goes out with the headers, without being looked at again.
  else response.end(payload, length === payload.length ? 'latin1' : 'utf8');
}

/** The data of answers that are given to several, as it goes out, for as long as they are given. */
const written = new WeakMap<object, Buffer>();

function sharedPayload(data: object, { data: _data, ...rest }: Answer['body']): Buffer {
  const known = written.get(data) ?? Buffer.from(JSON.stringify({ data }));
  written.set(data, known);
  const others = JSON.stringify(rest);
  return others === '{}' ? known : Buffer.concat([known.subarray(0, -1), Buffer.from(`,${others.slice(1)}`)]);
}

const isRefusal = (error: unknown): error is RefusedRequest | DomainError => error instanceof RefusedRequest || error instanceof DomainError;

/** What leaves the house of an error: of a refusal what is wrong, of anything else the request's id. */
function answerOf(error: unknown, requestId: string): Answer {
  if (!isRefusal(error)) {
    const message = `Something failed on our side. Please retry; if it persists, report request ${requestId}.`;
    return { status: 500, body: { errors: [{ message, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }] } };
  }
  const { message, code, extensions } = error;
  const refused = error instanceof RefusedRequest ? error : { status: STATUS[code] ?? 500, headers: {} };
  return { status: refused.status, headers: refused.headers, body: { errors: [{ message, extensions: { code, ...extensions, requestId } }] } };
}
