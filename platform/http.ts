import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartError } from './start-error.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Handlers by path prefix (`/media/`) or exact path (`/graphql`); the longest that fits answers. */
export type HttpRoutes = Readonly<Record<string, HttpHandler>>;

export function routeOf(routes: HttpRoutes, path: string): HttpHandler | null {
  if (Object.hasOwn(routes, path)) return routes[path] ?? null;
  const prefix = Object.keys(routes)
    .filter((route) => route.endsWith('/') && path.startsWith(route))
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? null : (routes[prefix] ?? null);
}

export class BodyTooLargeError extends Error {
  readonly limit: number;
  constructor(limit: number) {
    super(`the body has more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** The raw body, refused as soon as it exceeds the limit. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new BodyTooLargeError(limit);
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

export function sendJson(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

export function sendText(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** Stops accepting, lets requests under way finish (up to ten seconds), then closes. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;

const LISTEN_SENTENCES: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `Port ${port} on ${host} is in use: stop what listens there, or set PORT (a subgraph: its own URL) to another.`,
  EACCES: (host, port) => `Port ${port} on ${host} is for privileged users: set PORT (a subgraph: its own URL) to one above 1023.`,
  EADDRNOTAVAIL: (host) => `HOST (${host}) is no address of this machine: set it to one that is, e.g. 127.0.0.1 or 0.0.0.0.`,
  ENOTFOUND: (host) => `HOST (${host}) is no name or address that is known here: set it to an address of this machine, e.g. 127.0.0.1 or 0.0.0.0.`,
};

/** Nothing can be served at this address, for a reason that whoever starts the process can change. */
export class CannotListenError extends StartError {}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const sentence = LISTEN_SENTENCES[error.code ?? ''];
  return sentence ? new CannotListenError(sentence(host, port), { cause: error }) : error;
}

/**
 * How long a client may take for its headers, and for the whole of a request: a picture on a slow line takes its time, and
 * who sends a byte a second holds a connection for nothing.
 */
const SERVER_OPTIONS = { headersTimeout: 10_000, requestTimeout: 120_000, connectionsCheckingInterval: 2_000, keepAliveTimeout: 65_000 };

const MALFORMED: Readonly<Record<string, readonly [status: number, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large: they may have 16 kB together.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** What the parser of HTTP refuses never becomes a request: answered as any other refusal, then the connection ends. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, message] = MALFORMED[error.code ?? ''] ?? [400, 'This is no HTTP request.'];
  const requestId = randomUUID();
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT', requestId } }] });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** Listens; a busy port or a wrong address is an error whose message says so. */
export async function listen(handler: HttpHandler, host: string, port: number): Promise<Listening> {
  const server = createServer(SERVER_OPTIONS, (request, response) => void handler(request, response));
  server.on('clientError', refuseMalformed);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
