import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * From where a request comes. Every proxy adds the address it was asked from to `X-Forwarded-For`: what our own say can
 * be believed, what stands before it was written by anybody.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string | null {
  const direct = request.socket.remoteAddress ?? null;
  if (trustedProxies === 0) return direct;
  const header = request.headers['x-forwarded-for'];
  const stated = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((address) => address.trim());
  const claimed = stated.at(-trustedProxies) ?? '';
  return isIP(claimed) ? claimed : direct;
}

/** Whom an address stands for: of IPv6 the network, for a single household has more addresses than there are buckets. */
export function networkOf(address: string | null): string {
  if (address === null) return 'unknown';
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? front : [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
