import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type HttpHandler, type HttpRoutes, sendJson } from '#platform/http.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { SubgraphRuntime } from '#platform/subgraph.ts';
import { POLICIES, type Rendition, renditionOf, TYPES } from './domain.ts';
import { Media } from './entities.ts';
import { BusyError, formatOf, inspect, render } from './pictures.ts';
import { isSigned } from './signing.ts';
import { isMediaId, type MediaStore, mediaStore, type Received, TooManyBytesError } from './store.ts';

/** An answer other than the file, with what would be right. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, sentence: string, headers: Readonly<Record<string, string>> = {}) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const notFound = () => new Refusal(404, 'NOT_FOUND', 'There is no such medium, or its address has lapsed.');

const FIELDS = ['purpose', 'filename', 'mimeType', 'byteSize', 'sha256', 'kind', 'acceptedAt'] as const;
type MediaRow = Pick<Media, (typeof FIELDS)[number]> & { readonly id: string };

/** `PUT /media/upload/<id>` takes the bytes of a promised upload, `GET /media/<id>` serves them. */
export function mediaRoutes(runtime: SubgraphRuntime): HttpRoutes {
  const store = mediaStore(runtime.config.DATA_DIR);
  const making = new Map<string, Promise<Buffer>>();

  const answer: HttpHandler = async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://media');
    const [, , first = '', second = '', ...rest] = url.pathname.split('/');
    try {
      if (rest.length > 0) throw notFound();
      if (first === 'upload') await receive(runtime, store, { request, response, id: second, query: url.searchParams });
      else if (second === '') await serve(runtime, store, making, { request, response, id: first, query: url.searchParams });
      else throw notFound();
    } catch (error) {
      answerError(runtime, response, request, error);
    }
  };
  return { '/media/': answer };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly query: URLSearchParams;
}

async function find(runtime: SubgraphRuntime, id: string): Promise<MediaRow> {
  if (!isMediaId(id)) throw notFound();
  const [row] = await findRows(runtime.systemContext().em, Media, { _id: id }, FIELDS);
  if (!row) throw notFound();
  return row;
}

function allow(request: IncomingMessage, ...methods: string[]): void {
  if (!methods.includes(request.method ?? '')) throw new Refusal(405, 'METHOD_NOT_ALLOWED', `Use ${methods.join(' or ')}.`, { allow: methods.join(', ') });
}

async function receive(runtime: SubgraphRuntime, store: MediaStore, { request, response, id, query }: Exchange): Promise<void> {
  allow(request, 'PUT');
  if (!isMediaId(id) || !isSigned(runtime.config, 'upload', id, query, Date.now())) {
    throw new Refusal(403, 'FORBIDDEN', 'This upload address is not valid or has lapsed; ask mediaUploadCreate for a new one.');
  }
  const media = await find(runtime, id);
  if (media.acceptedAt != null) {
    request.resume();
    return sendJson(response, 200, { mediaId: id });
  }
  checkHeaders(request, media);
  const received = await store.receive(request.iterator({ destroyOnReturn: false }), media.byteSize).catch((error: unknown) => {
    throw error instanceof TooManyBytesError ? wrongSize(media.byteSize) : error;
  });
  try {
    await accept(runtime, store, media, received);
  } finally {
    await store.discard(received.file);
  }
  sendJson(response, 201, { mediaId: id });
}

const wrongSize = (expected: number) => new Refusal(400, 'WRONG_SIZE', `The body must have exactly the ${expected} bytes that were announced.`);

function checkHeaders(request: IncomingMessage, { byteSize, mimeType }: MediaRow): void {
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) !== byteSize) throw wrongSize(byteSize);
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== mimeType) throw new Refusal(415, 'WRONG_TYPE', `Send "Content-Type: ${mimeType}", as announced.`);
}

async function accept(runtime: SubgraphRuntime, store: MediaStore, media: MediaRow, { file, byteSize, sha256 }: Received): Promise<void> {
  if (byteSize !== media.byteSize) throw wrongSize(media.byteSize);
  if (sha256 !== media.sha256) throw new Refusal(400, 'WRONG_CHECKSUM', `The body's SHA-256 must be ${media.sha256}, as announced; it is ${sha256}.`);
  const inspected = await inspect(file, media.mimeType);
  if (!inspected) throw new Refusal(415, 'WRONG_TYPE', `The file is not readable as ${media.mimeType}.`);
  await store.keep(file, media.id);
  const { width, height } = inspected;
  await rawCollection(runtime.systemContext().em, Media).updateOne({ _id: media.id }, { $set: { width, height, acceptedAt: new Date(), expiresAt: null } });
}

async function serve(runtime: SubgraphRuntime, store: MediaStore, making: Map<string, Promise<Buffer>>, exchange: Exchange): Promise<void> {
  const { request, response, id, query } = exchange;
  allow(request, 'GET', 'HEAD');
  const rendition = renditionOf(query);
  const media = await find(runtime, id);
  const { isPublic } = POLICIES[media.purpose];
  if (media.acceptedAt == null || (!isPublic && !isSigned(runtime.config, 'view', id, query, Date.now()))) throw notFound();
  if (typeof rendition === 'string') throw new Refusal(400, 'BAD_USER_INPUT', rendition);
  const isOriginal = rendition.width === null && rendition.height === null && rendition.format === 'ORIGINAL';
  if (!isOriginal && media.kind !== 'IMAGE')
    throw new Refusal(400, 'BAD_USER_INPUT', 'Only pictures have sizes and formats; ask without width, height and format.');

  const { mimeType, format } = formatOf(rendition, media.mimeType);
  const name = `${rendition.width ?? ''}x${rendition.height ?? ''}.${format}`;
  const headers = {
    'content-type': mimeType,
    etag: `"${media.sha256.slice(0, 24)}-${isOriginal ? 'original' : name}"`,
    'cache-control': isPublic ? 'public, max-age=31536000, immutable' : 'private, max-age=300',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'",
    ...(TYPES[media.mimeType]?.kind === 'DOCUMENT' && { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(media.filename)}` }),
  };
  if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === headers.etag))
    return void response.writeHead(304, headers).end();
  if (isOriginal) return sendFile(store, store.originalOf(id), exchange, headers);
  const kept = store.renditionOf(id, name);
  if (await store.open(kept)) return sendFile(store, kept, exchange, headers);
  const bytes = await makeOnce(making, kept, () => make(store, media, rendition, { name, format }));
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Whoever asks for the same while it is being made waits for that one. */
function makeOnce(making: Map<string, Promise<Buffer>>, key: string, work: () => Promise<Buffer>): Promise<Buffer> {
  const running = making.get(key);
  if (running) return running;
  const started = work().finally(() => making.delete(key));
  making.set(key, started);
  return started;
}

async function make(store: MediaStore, { id }: MediaRow, rendition: Rendition, { name, format }: { name: string; format: string }): Promise<Buffer> {
  const original = store.originalOf(id);
  if (!(await store.open(original))) throw notFound();
  const bytes = await render(original, rendition, format);
  await store.keepRendition(id, name, bytes);
  return bytes;
}

async function sendFile(store: MediaStore, path: string, { request, response }: Exchange, headers: Readonly<Record<string, string>>): Promise<void> {
  const file = await store.open(path);
  if (!file) throw notFound();
  response.writeHead(200, { ...headers, 'content-length': file.size });
  if (request.method === 'HEAD') return void response.end();
  await pipeline(file.read(), response);
}

function answerError({ log }: SubgraphRuntime, response: ServerResponse, request: IncomingMessage, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const refusal = refusalOf(error);
  if (refusal.status >= 500)
    log.error({ path: request.url?.split('?')[0], error: error instanceof Error ? error.stack : String(error) }, 'a medium could not be handled');
  // What is left of a refused body is not read.
  const headers = request.complete ? refusal.headers : { ...refusal.headers, connection: 'close' };
  sendJson(response, refusal.status, { error: { code: refusal.code, message: refusal.message } }, headers);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof BusyError)
    return new Refusal(503, 'SERVICE_UNAVAILABLE', 'Too many pictures are being made; try again in a moment.', { 'retry-after': '1' });
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
    return new Refusal(507, 'INSUFFICIENT_STORAGE', 'The shop has no room for more files; free some below DATA_DIR.');
  return new Refusal(500, 'INTERNAL_SERVER_ERROR', 'The medium could not be handled.');
}
