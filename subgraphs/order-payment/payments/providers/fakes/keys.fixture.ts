import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const made = new Map<string, KeyPair>();

/** RSA keys by whose they are; making them takes a while. */
export function keysOf(owner: string): KeyPair {
  const known = made.get(owner) ?? generateKeyPairSync('rsa', { modulusLength: 2048 });
  made.set(owner, known);
  return known;
}

/** PEM on one line, as it fits into an environment. */
export const foldedPem = (key: KeyObject): string =>
  key
    .export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' })
    .toString()
    .replaceAll('\n', String.raw`\n`);

/** Only the base64, as Alipay's tool gives it out. */
export const bareBase64 = (key: KeyObject): string =>
  (key.type === 'private' ? key.export({ type: 'pkcs1', format: 'der' }) : key.export({ type: 'spki', format: 'der' })).toString('base64');
