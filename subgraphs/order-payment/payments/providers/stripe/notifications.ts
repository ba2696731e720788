import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../exchange.ts';
import { InvalidNotificationError, type ProviderNotification, type RawNotification } from '../provider.ts';
import { intentShape, NAME, paymentOf, refundOf, refundShape } from './objects.ts';

const TOLERANCE_SECONDS = 300;

const eventShape = z.object({
  id: z.string(),
  type: z.string(),
  created: z.int(),
  livemode: z.boolean(),
  /** Of a connected account, which ours has none of. */
  account: z.string().optional(),
  data: z.object({ object: z.unknown() }),
});

type Event = z.infer<typeof eventShape>;

export interface WebhookSettings {
  readonly webhookSecret: string;
  readonly isLive: boolean;
}

/** Verified over the raw bytes, then about our account in our mode, then read. */
export function readNotification({ headers, body }: RawNotification, settings: WebhookSettings, now: Date): ProviderNotification {
  verifySignature(headers['stripe-signature'], body, settings.webhookSecret, now);
  const parsed = eventShape.safeParse(parseJson(body.toString('utf8')));
  if (!parsed.success) throw new InvalidNotificationError(NAME, 'the body is not an event');
  const event = parsed.data;
  if (event.livemode !== settings.isLive) throw new InvalidNotificationError(NAME, `it is of ${event.livemode ? 'live' : 'test'} mode`);
  if (event.account !== undefined) throw new InvalidNotificationError(NAME, 'it is for another account');
  return noticeOf(event);
}

/** Ours are known by the number that we gave them; the account may serve other systems too. */
function noticeOf(event: Event): ProviderNotification {
  const other: ProviderNotification = { kind: 'OTHER', eventId: event.id, topic: event.type };
  const { object } = event.data;
  if (event.type.startsWith('payment_intent.')) {
    const intent = intentShape.safeParse(object).data;
    const paymentId = intent?.metadata['paymentId'];
    const payment = intent && paymentOf(intent, new Date(event.created * 1000));
    return paymentId && payment ? { kind: 'PAYMENT', eventId: event.id, paymentId, payment } : other;
  }
  if (event.type.startsWith('refund.') || event.type === 'charge.refund.updated') {
    const { data: refund } = refundShape.safeParse(object);
    const { paymentId, refundKey } = refund?.metadata ?? {};
    return refund && paymentId && refundKey ? { kind: 'REFUND', eventId: event.id, paymentId, refund: refundOf(refund, refundKey) } : other;
  }
  return other;
}

/** `t=<seconds>,v1=<hmac>`; several `v1` while a secret is being replaced. */
function verifySignature(header: string | string[] | undefined, body: Buffer, secret: string, now: Date): void {
  const parts = typeof header === 'string' ? header.split(',').map((part) => part.split('=')) : [];
  const timestamp = parts.find(([name]) => name === 't')?.[1] ?? '';
  const signatures = parts.flatMap(([name, value = '']) => (name === 'v1' && /^[0-9a-f]{64}$/.test(value) ? [Buffer.from(value, 'hex')] : []));
  if (!/^\d{1,12}$/.test(timestamp) || signatures.length === 0) {
    throw new InvalidNotificationError(NAME, 'the signature header is missing or malformed');
  }
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  if (!signatures.some((signature) => timingSafeEqual(signature, expected))) throw new InvalidNotificationError(NAME, 'the signature does not match');
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new InvalidNotificationError(NAME, `the timestamp is more than ${TOLERANCE_SECONDS} seconds off`);
  }
}
