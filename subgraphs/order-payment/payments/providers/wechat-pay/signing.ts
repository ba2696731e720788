import { createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Headers } from '../exchange.ts';
import { signRsa, verifyRsa } from '../rsa.ts';

export interface MerchantIdentity {
  readonly mchId: string;
  /** Of the merchant's certificate, whose key it is. */
  readonly serialNo: string;
  readonly privateKey: KeyObject;
}

const TOLERANCE_SECONDS = 300;
const NONCE_BYTES = 16;

export const secondsOf = (time: Date): string => String(Math.floor(time.getTime() / 1000));

export const newNonce = (): string => randomBytes(NONCE_BYTES).toString('hex').toUpperCase();

/** Each part on a line of its own, the last one too. */
export const signLines = (lines: readonly string[], key: KeyObject): string => signRsa(lines.map((line) => `${line}\n`).join(''), key);

/** The header that signs a request: `pathAndQuery` and body as they are sent. */
export function authorizationOf(merchant: MerchantIdentity, method: string, pathAndQuery: string, body: string, now: Date): string {
  const [timestamp, nonce] = [secondsOf(now), newNonce()];
  const signature = signLines([method, pathAndQuery, timestamp, nonce, body], merchant.privateKey);
  const fields = { mchid: merchant.mchId, serial_no: merchant.serialNo, nonce_str: nonce, timestamp, signature };
  const written = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
  return `WECHATPAY2-SHA256-RSA2048 ${written.join(',')}`;
}

/** Which of WeChat Pay's keys has this id or serial number; null if none has. */
export type KeyOf = (serial: string) => Promise<KeyObject | null>;

/** Why these bytes are not to be taken for WeChat Pay's own, sent just now; null if they are. */
export async function flawOf({ headers, body }: { headers: Headers; body: Buffer }, keyOf: KeyOf, now: Date): Promise<string | null> {
  const [serial, signature, timestamp, nonce] = ['wechatpay-serial', 'wechatpay-signature', 'wechatpay-timestamp', 'wechatpay-nonce'].map(
    (name) => headers[name],
  );
  if (typeof serial !== 'string' || typeof signature !== 'string' || typeof timestamp !== 'string' || typeof nonce !== 'string') {
    return 'a header of the signature is missing';
  }
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    return `the timestamp is more than ${TOLERANCE_SECONDS} seconds off`;
  }
  const key = await keyOf(serial);
  if (!key) return `no key is known under ${serial}`;
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  return verifyRsa(signed, signature, key) ? null : 'the signature does not match';
}

/** What is sent encrypted with the merchant's APIv3 key. */
export const sealed = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM'),
  ciphertext: z.string(),
  nonce: z.string(),
  associated_data: z.string().default(''),
});

const TAG_BYTES = 16;

/** Null unless it was sealed with this key. */
export function unsealed({ ciphertext, nonce, associated_data: associatedData }: z.infer<typeof sealed>, apiV3Key: string): string | null {
  const bytes = Buffer.from(ciphertext, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(apiV3Key), Buffer.from(nonce), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(associatedData));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    // Node says by throwing that nonce or tag do not fit.
    return null;
  }
}
