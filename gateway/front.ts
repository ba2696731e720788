import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '#platform/errors.ts';
import { BodyTooLargeError, type HttpHandler, type HttpRoutes, readBody, routeOf, sendJson, sendText } from '#platform/http.ts';
import type { Logger } from '#platform/logger.ts';
import type { Answer, Caller, Gateway, Operation } from './gateway.ts';

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

const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, BAD_USER_INPUT: 400, FORBIDDEN: 403, RATE_LIMITED: 429 };

export function createFront<C extends Caller>({ bodyLimit, callerOf, unfitValue, corsOf, landing, pages, log }: FrontOptions<C>): Front<C> {
  let serving: { gateway: Gateway<C>; routes: HttpRoutes } | null = null;
  let isDraining = false;

  const graphql: HttpHandler = async (request, response) => {
    const requestId = requestIdOf(request);
    if (!serving) return sendErrors(request, response, 503, requestId, 'SERVICE_UNAVAILABLE', 'The gateway is starting; retry in a moment.');
    try {
      const operation = await readOperation(request, bodyLimit);
      const unfit = unfitValue(operation.query, operation.variables);
      if (unfit !== null) throw new RefusedRequest(400, unfit);
      const caller = await callerOf(request, response, requestId);
      sendAnswer(request, response, requestId, await serving.gateway.execute(operation, caller));
    } catch (error) {
      if (error instanceof RefusedRequest) return sendErrors(request, response, error.status, requestId, 'BAD_USER_INPUT', error.message);
      if (error instanceof DomainError) return sendErrors(request, response, STATUS[error.code] ?? 500, requestId, error.code, error.message);
      log.error({ requestId, error: error instanceof Error ? error.stack : String(error) }, 'a request failed');
      sendErrors(
        request,
        response,
        500,
        requestId,
        'INTERNAL_SERVER_ERROR',
        `Something failed on our side. Please retry; if it persists, report request ${requestId}.`,
      );
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
        log.error({ path, error: error instanceof Error ? error.stack : String(error) }, 'a request failed');
        if (!response.headersSent) sendText(response, 502, 'This does not answer at the moment; please retry.\n');
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

class RefusedRequest extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** GraphQL over HTTP: POST with JSON, or GET with a query. No batches, no forms, so that no other site's page can post here. */
async function readOperation(request: IncomingMessage, limit: number): Promise<Operation> {
  if (request.method === 'GET') return operationOfUrl(request.url ?? '/');
  if (request.method !== 'POST') throw new RefusedRequest(405, 'Send operations by POST, or queries by GET.');
  const contentType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (contentType !== 'application/json') throw new RefusedRequest(415, 'The content-type must be application/json.');
  const body = await readBody(request, limit).catch((error: unknown) => {
    if (error instanceof BodyTooLargeError) throw new RefusedRequest(413, `The body may have at most ${limit} bytes.`);
    throw error;
  });
  return operationOf(parseJson(body.toString('utf8'), 'The body is not JSON.'), false);
}

function operationOfUrl(url: string): Operation {
  const { searchParams } = new URL(url, 'http://localhost');
  const variables = searchParams.get('variables');
  const extensions = searchParams.get('extensions');
  return operationOf(
    {
      query: searchParams.get('query') ?? undefined,
      operationName: searchParams.get('operationName') ?? undefined,
      variables: variables ? parseJson(variables, '"variables" is not JSON.') : undefined,
      extensions: extensions ? parseJson(extensions, '"extensions" is not JSON.') : undefined,
    },
    true,
  );
}

function parseJson(text: string, sentence: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedRequest(400, sentence);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function operationOf(body: unknown, isReadOnly: boolean): Operation {
  if (Array.isArray(body)) throw new RefusedRequest(400, 'Batches are not accepted: send one operation a request.');
  if (!isObject(body)) throw new RefusedRequest(400, 'The body must be an object with "query" and, where needed, "variables" and "operationName".');
  const { query, variables, operationName, extensions } = body;
  if (typeof query !== 'string' || query === '') throw new RefusedRequest(400, '"query" must be a non-empty string.');
  if (variables !== undefined && variables !== null && !isObject(variables)) throw new RefusedRequest(400, '"variables" must be an object.');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new RefusedRequest(400, '"operationName" must be a string.');
  if (extensions !== undefined && extensions !== null && !isObject(extensions)) throw new RefusedRequest(400, '"extensions" must be an object.');
  return { query, variables: variables ?? null, operationName: operationName ?? null, isReadOnly };
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

function sendAnswer(request: IncomingMessage, response: ServerResponse, requestId: string, { status, body, headers }: Answer): void {
  const isNewMediaType = request.headers.accept?.includes(GRAPHQL_RESPONSE) ?? false;
  const payload = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': `${isNewMediaType ? GRAPHQL_RESPONSE : 'application/json'}; charset=utf-8`,
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-store',
    ...headers,
    'x-request-id': requestId,
    ...(status === 405 && { allow: 'POST' }),
  });
  response.end(payload);
}

const sendErrors = (request: IncomingMessage, response: ServerResponse, status: number, requestId: string, code: string, message: string): void =>
  sendAnswer(request, response, requestId, { status, body: { errors: [{ message, extensions: { code, requestId } }] } });
