import { type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type Answered, read } from '../exchange.ts';
import { ProviderUnavailableError } from '../provider.ts';
import { flawOf, type KeyOf, sealed, unsealed } from './signing.ts';

export const NAME = 'wechat-pay';

export interface PlatformKeySettings {
  readonly apiV3Key: string;
  /** WeChat Pay's public key, of merchants that have one. */
  readonly publicKey?: { readonly id: string; readonly key: KeyObject } | undefined;
  readonly now: () => Date;
  /** Asks for the platform certificates. */
  readonly fetchCertificates: () => Promise<Answered>;
}

const certificates = z.object({ data: z.array(z.object({ serial_no: z.string(), encrypt_certificate: sealed })) });

const RENEW_AFTER_MS = 12 * 3_600_000;
/** Anybody can send a notification with a serial number of his own invention. */
const LOOK_AGAIN_AFTER_MS = 60_000;
const TRY_AGAIN_AFTER_MS = 5_000;

/**
 * WeChat Pay's keys by the id that its messages name: the public key, and for older merchants, and while a merchant
 * changes over, the platform certificates, which are fetched, and renewed before they expire.
 */
export function createPlatformKeys({ apiV3Key, publicKey, now, fetchCertificates }: PlatformKeySettings): KeyOf {
  let known: ReadonlyMap<string, X509Certificate> = new Map();
  let fetchedAt = 0;
  let notBefore = 0;
  let asking: Promise<void> | null = null;

  async function fetchThem(): Promise<ReadonlyMap<string, X509Certificate>> {
    const answer = await fetchCertificates();
    // A merchant who began with the public key has none.
    if (answer.status === 404) return new Map();
    if (answer.status !== 200) throw new ProviderUnavailableError(NAME, `the certificates were answered with ${answer.status}`);
    const { data } = read(NAME, certificates, answer.body.toString('utf8'), 'the certificates');
    const fetched = new Map(data.map(({ serial_no: serial, encrypt_certificate: box }) => [serial, certificateIn(unsealed(box, apiV3Key), serial)]));
    // Only WeChat Pay has our APIv3 key: certificates that came sealed with it prove the answer that brought them.
    const keyOf = async (serial: string) => (serial === publicKey?.id ? publicKey.key : currentKey(fetched.get(serial), now()));
    const flaw = await flawOf(answer, keyOf, now());
    if (flaw !== null) throw new ProviderUnavailableError(NAME, `the certificates are not authentic: ${flaw}`);
    return fetched;
  }

  async function renew(): Promise<void> {
    notBefore = now().getTime() + TRY_AGAIN_AFTER_MS;
    known = await fetchThem();
    fetchedAt = now().getTime();
    notBefore = fetchedAt + LOOK_AGAIN_AFTER_MS;
  }

  const refresh = (): Promise<void> => (asking = renew().finally(() => (asking = null)));

  return async (serial) => {
    if (serial === publicKey?.id) return publicKey.key;
    if (serial.startsWith('PUB_KEY_ID_')) return null;
    const at = now().getTime();
    const isMissing = !known.has(serial);
    if (asking && isMissing) await asking;
    else if (at >= notBefore && (isMissing || at >= fetchedAt + RENEW_AFTER_MS)) await refresh();
    return currentKey(known.get(serial), now());
  };
}

function certificateIn(pem: string | null, serial: string): X509Certificate {
  if (pem === null) throw new ProviderUnavailableError(NAME, 'a certificate is not sealed with our APIv3 key');
  const certificate = new X509Certificate(pem);
  if (certificate.serialNumber !== serial.toUpperCase()) throw new ProviderUnavailableError(NAME, `the certificate ${serial} is another one`);
  return certificate;
}

const currentKey = (certificate: X509Certificate | undefined, now: Date): KeyObject | null =>
  certificate && certificate.validFromDate <= now && now < certificate.validToDate ? certificate.publicKey : null;
