import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { RefusedRequest } from './refused-request.ts';

const DECOMPRESSIONS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};
const ACCEPTED_ENCODINGS = 'gzip, deflate, br, identity';

/** A body that takes longer than this is no body: whoever sends it holds a connection and means to. */
const BODY_SECONDS = 10;

/** The text of a JSON body: of the right type and charset, no larger than the limit before and after it is unpacked. */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  checkContentType(request.headers['content-type']);
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decompress = DECOMPRESSIONS[encoding];
  if (!decompress && encoding !== 'identity') {
    throw new RefusedRequest(415, `The content-encoding may be one of ${ACCEPTED_ENCODINGS}, and only one.`, {
      headers: { 'accept-encoding': ACCEPTED_ENCODINGS },
    });
  }
  const raw = await collect(request, limit);
  const body = decompress ? await unpack(raw, decompress, limit) : raw;
  if (!isUtf8(body)) throw new RefusedRequest(400, 'The body is not UTF-8.');
  return body.toString('utf8');
}

function checkContentType(header: string | undefined): void {
  const [type, ...parameters] = header?.split(';').map((part) => part.trim().toLowerCase()) ?? [];
  if (type !== 'application/json') throw new RefusedRequest(415, 'The content-type must be application/json.');
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'));
  if (charsets.length > 1 || charsets.some((charset) => !/^charset="?utf-?8"?$/.test(charset))) {
    throw new RefusedRequest(415, 'The charset of a JSON body must be utf-8.');
  }
}

/** Collects the body, and no more of it than the limit: what comes beyond is let go as it arrives, so that the answer is read. */
function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > limit) return Promise.reject(tooLarge(limit, stated));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      clearTimeout(timer);
      request.off('data', take).off('end', end).off('error', cut).off('close', cut);
      act();
    };
    const refuse = (refusal: RefusedRequest) => settle(() => reject(refusal));
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      refuse(tooLarge(limit, 0));
      request.resume();
    };
    const end = () => settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const cut = () => refuse(new RefusedRequest(400, 'The body was cut off.'));
    const timer = setTimeout(
      () => refuse(new RefusedRequest(408, `The body must arrive within ${BODY_SECONDS} seconds.`, { headers: { connection: 'close' } })),
      BODY_SECONDS * 1000,
    );
    request.on('data', take).on('end', end).on('error', cut).on('close', cut);
  });
}

async function unpack(raw: Buffer, decompress: (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>, limit: number): Promise<Buffer> {
  try {
    return await decompress(raw, { maxOutputLength: limit });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge(limit, 0) : new RefusedRequest(400, 'The body cannot be unpacked: it is not what its content-encoding says.');
  }
}

const tooLarge = (limit: number, stated: number): RefusedRequest =>
  new RefusedRequest(413, `The body may have at most ${limit} bytes; this one has ${stated > limit ? stated : 'more'}.`, {
    exceeded: 'body',
    limit,
    ...(stated > limit && { asked: stated }),
  });
