import { sign } from 'node:crypto';
import type { KeyPair } from './keys.fixture.ts';

/** A certificate that signs itself, as DER (X.690) has it: node reads certificates and does not make them. */
export function certificateOf({ publicKey, privateKey }: KeyPair, serial: string, validity: { from: Date; to: Date }): string {
  const name = sequence(set(sequence(oid('550403'), tagged(0x0c, Buffer.from('Tests')))));
  const signedWith = sequence(oid('2a864886f70d01010b'), tagged(0x05, Buffer.alloc(0)));
  const content = sequence(
    tagged(0xa0, integer('02')),
    integer(serial),
    signedWith,
    name,
    sequence(utcTime(validity.from), utcTime(validity.to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.from([0]), sign('RSA-SHA256', content, privateKey)]));
  const lines =
    sequence(content, signedWith, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => tagged(0x31, Buffer.concat(parts));
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const integer = (hex: string): Buffer => tagged(0x02, Buffer.from(hex, 'hex'));
const utcTime = (time: Date): Buffer =>
  tagged(
    0x17,
    Buffer.from(
      `${time
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );
