import type { IncomingMessage } from 'node:http';
import type { Settings } from './settings.ts';

/** What pages of other origins may do, as headers of the answer to this request. */
export function corsHeaders({
  origins,
  headers,
  credentials,
  maxAgeSeconds,
}: Settings['cors']): (request: IncomingMessage) => Readonly<Record<string, string>> {
  const always = { 'access-control-expose-headers': 'x-request-id', ...(credentials && { 'access-control-allow-credentials': 'true' }) };
  /** Asked for by a browser before it sends what a page may not send unasked, and looked at in no other answer. */
  const beforehand = {
    ...always,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': headers.join(', '),
    'access-control-max-age': String(maxAgeSeconds),
  };
  const rules = ({ method }: IncomingMessage) => (method === 'OPTIONS' ? beforehand : always);
  if (origins === '*') return (request) => ({ 'access-control-allow-origin': '*', ...rules(request) });
  const known = new Set(origins);
  return (request) => {
    const { origin } = request.headers;
    return origin !== undefined && known.has(origin) ? { 'access-control-allow-origin': origin, vary: 'origin', ...rules(request) } : { vary: 'origin' };
  };
}
