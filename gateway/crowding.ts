import type { Socket } from 'node:net';
import { RefusedRequest } from './refused-request.ts';

/** A client that sends its next requests before it has the answers to so many is not waiting for them. */
const REQUESTS_AT_ONCE = 32;

const underWay = new WeakMap<Socket, number>();

/** Counts a request that begins on a connection; the function ends it. */
export function enter(socket: Socket): (() => void) & { readonly isCrowded: boolean } {
  const count = (underWay.get(socket) ?? 0) + 1;
  underWay.set(socket, count);
  const leave = () => void underWay.set(socket, (underWay.get(socket) ?? 1) - 1);
  return Object.assign(leave, { isCrowded: count > REQUESTS_AT_ONCE });
}

export const crowded = (): RefusedRequest =>
  new RefusedRequest(429, `A connection may have at most ${REQUESTS_AT_ONCE} requests under way; read the answers first.`, {
    code: 'RATE_LIMITED',
    headers: { 'retry-after': '1', connection: 'close' },
    exceeded: 'pipelining',
    limit: REQUESTS_AT_ONCE,
  });
