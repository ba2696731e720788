import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * Keys as they are handed over: PEM, also on one line with `\n` for its breaks, or only the base64 in between, as some
 * tools give it out, PKCS#8 or PKCS#1.
 */
export function readRsaPrivateKey(text: string): KeyObject {
  const { pem, der } = formsOf(text);
  if (pem !== null) return rsa(createPrivateKey(pem));
  return rsa(firstOf(['pkcs8', 'pkcs1'] as const, (type) => createPrivateKey({ key: der, format: 'der', type })));
}

export function readRsaPublicKey(text: string): KeyObject {
  const { pem, der } = formsOf(text);
  if (pem !== null) return rsa(createPublicKey(pem));
  return rsa(firstOf(['spki', 'pkcs1'] as const, (type) => createPublicKey({ key: der, format: 'der', type })));
}

export const isRsaPrivateKey = (text: string): boolean => succeeds(() => readRsaPrivateKey(text));

/** A private key would be read as its public half: put where the other side's key belongs, it is a mistake. */
export const isRsaPublicKey = (text: string): boolean => !isRsaPrivateKey(text) && succeeds(() => readRsaPublicKey(text));

function formsOf(text: string): { pem: string | null; der: Buffer } {
  const unfolded = text.replaceAll(String.raw`\n`, '\n').trim();
  return { pem: unfolded.startsWith('-----BEGIN') ? unfolded : null, der: Buffer.from(unfolded, 'base64') };
}

function rsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw new TypeError(`an RSA key is wanted, not ${key.asymmetricKeyType}`);
  return key;
}

function firstOf<T, R>(candidates: readonly T[], read: (candidate: T) => R): R {
  const errors: unknown[] = [];
  for (const candidate of candidates) {
    try {
      return read(candidate);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, 'this is no RSA key');
}

function succeeds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
