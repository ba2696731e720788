import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

interface Box {
  readonly ciphertext: string;
  readonly nonce: string;
  readonly associated_data: string;
}

/** Encrypted with a merchant's APIv3 key, as WeChat Pay does it. */
export function sealedWith(key: string, text: string, associatedData: string): Box & { readonly algorithm: string } {
  const nonce = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associatedData));
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64');
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: associatedData };
}

export function openedWith(key: string, { ciphertext, nonce, associated_data: data }: Box): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(data)).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
}
