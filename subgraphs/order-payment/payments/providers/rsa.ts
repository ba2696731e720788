import { type KeyObject, sign, verify } from 'node:crypto';

/** RSA with SHA-256 (PKCS#1 v1.5), in base64, as Alipay and WeChat Pay sign. */
export const signRsa = (content: string, key: KeyObject): string => sign('RSA-SHA256', Buffer.from(content), key).toString('base64');

export function verifyRsa(content: string | Buffer, signature: string, key: KeyObject): boolean {
  const bytes = Buffer.from(signature, 'base64');
  // Decoding is lenient and knows many spellings of one signature; only its own is taken.
  return bytes.toString('base64') === signature && verify('RSA-SHA256', Buffer.from(content), key, bytes);
}
