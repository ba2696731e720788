import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '#platform/errors.ts';
import type { Claims, ServerCaller } from './caller.ts';
import { responseHeaders } from './response-headers.ts';
import type { ReadToken } from './tokens.ts';

/** Who sends a request. A token that cannot be read is refused; where none are known, nobody is signed in. */
export function callerReader(readToken: ReadToken | null, requestTimeoutMs: number) {
  return async ({ headers, socket }: IncomingMessage, response: ServerResponse, requestId: string): Promise<ServerCaller> => ({
    requestId,
    headers,
    claims: readToken && (await claimsOf(headers.authorization, readToken)),
    principal: headers.authorization ?? '',
    address: socket.remoteAddress ?? '',
    deadline: Date.now() + requestTimeoutMs,
    gone: goneSignal(response),
    responseHeaders: responseHeaders(),
  });
}

async function claimsOf(header: string | undefined, readToken: ReadToken): Promise<Claims | null> {
  if (header === undefined) return null;
  const [, token] = /^Bearer ([\w.-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw new DomainError('UNAUTHENTICATED', 'The Authorization header must read "Bearer <access token>".');
  return readToken(token);
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client is gone'));
  });
  return gone.signal;
}
