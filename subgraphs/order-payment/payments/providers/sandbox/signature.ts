import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

export function sign(secret: string, at: Date, content: string): string {
  const timestamp = Math.floor(at.getTime() / 1000);
  return `t=${timestamp},v1=${digest(secret, String(timestamp), content).toString('hex')}`;
}

/** The content in one piece or several; what came from outside is checked as the bytes that came. */
export function isSigned(secret: string, now: Date, header: string | undefined, ...content: readonly (string | Buffer)[]): boolean {
  const [, timestamp, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (!timestamp || !signature) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  return timingSafeEqual(digest(secret, timestamp, ...content), Buffer.from(signature, 'hex'));
}

function digest(secret: string, timestamp: string, ...content: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', secret).update(`${timestamp}.`);
  for (const piece of content) hmac.update(piece);
  return hmac.digest();
}
