import type { IncomingMessage } from 'node:http';
import type { Settings } from './settings.ts';

/** What pages of other origins may do, as headers of the answer to this request. */
export function corsHeaders({
  origins,
  headers,
  credentials,
  maxAgeSeconds,
}: Settings['cors']): (request: IncomingMessage) => Readonly<Record<string, string>> {
  const fixed = {
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': headers.join(', '),
    'access-control-expose-headers': 'x-request-id',
    'access-control-max-age': String(maxAgeSeconds),
    ...(credentials && { 'access-control-allow-credentials': 'true' }),
  };
  if (origins === '*') {
    const forAll = { 'access-control-allow-origin': '*', ...fixed };
    return () => forAll;
  }
  const known = new Set(origins);
  return ({ headers: { origin } }) =>
    origin !== undefined && known.has(origin) ? { 'access-control-allow-origin': origin, vary: 'origin', ...fixed } : { vary: 'origin' };
}
