import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '#platform/errors.ts';
import { clientAddress, networkOf } from '../client-address.ts';
import type { Claims, ServerCaller } from './caller.ts';
import { responseHeaders } from './response-headers.ts';
import type { Settings } from './settings.ts';
import { Departure } from './stop.ts';
import type { ReadToken } from './tokens.ts';

/** Who sends a request. A token that cannot be read is refused; where none are known, nobody is signed in. */
export function callerReader(readToken: ReadToken | null, { requestTimeoutMs, trustedProxies }: Pick<Settings, 'requestTimeoutMs' | 'trustedProxies'>) {
  return async (request: IncomingMessage, response: ServerResponse, requestId: string): Promise<ServerCaller> => ({
    requestId,
    headers: request.headers,
    claims: readToken && (await claimsOf(request.headers.authorization, readToken)),
    principal: request.headers.authorization ?? '',
    address: clientAddress(request, trustedProxies),
    deadline: Date.now() + requestTimeoutMs,
    gone: departureOf(response),
    responseHeaders: responseHeaders(),
    company: null,
  });
}

/** Who pays for an operation: whom a verified token names, else whoever is at the address. */
export function payerOf({ claims, address }: ServerCaller): string {
  const subject = claims?.all['sub'];
  return typeof subject === 'string' ? `subject:${subject}` : `address:${networkOf(address)}`;
}

async function claimsOf(header: string | undefined, readToken: ReadToken): Promise<Claims | null> {
  if (header === undefined) return null;
  const [, token] = /^Bearer ([\w.-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw new DomainError('UNAUTHENTICATED', 'The Authorization header must read "Bearer <access token>".');
  return readToken(token);
}

function departureOf(response: ServerResponse): Departure {
  const gone = new Departure();
  response.once('close', () => {
    if (!response.writableFinished) gone.now(new Error('the client is gone'));
  });
  return gone;
}
