import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress, networkOf } from './client-address.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test.each([
  ['no proxy of ours: nobody is believed', from('203.0.113.9', '198.51.100.1'), 0, '203.0.113.9'],
  ['one proxy: what it says', from('10.0.0.1', '198.51.100.1'), 1, '198.51.100.1'],
  ['one proxy: not what a client wrote before it', from('10.0.0.1', '127.0.0.1, 198.51.100.1'), 1, '198.51.100.1'],
  ['two proxies', from('10.0.0.1', '127.0.0.1, 198.51.100.1, 10.0.0.2'), 2, '198.51.100.1'],
  ['a request that went around them', from('203.0.113.9'), 1, '203.0.113.9'],
  ['what is no address', from('203.0.113.9', 'unknown'), 1, '203.0.113.9'],
])('%s', (_case, request, proxies, address) => expect(clientAddress(request, proxies)).toBe(address));

test.each([
  ['198.51.100.1', '198.51.100.1'],
  ['::ffff:198.51.100.1', '198.51.100.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s belongs to %s', (address, network) => expect(networkOf(address)).toBe(network));
