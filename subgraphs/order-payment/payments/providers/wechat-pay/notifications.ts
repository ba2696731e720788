import { z } from 'zod';
import { parseJson } from '../exchange.ts';
import { InvalidNotificationError, type ProviderNotification, type RawNotification } from '../provider.ts';
import { paymentOf, refundNoticeShape, refundOf, transactionShape } from './objects.ts';
import { NAME } from './platform-keys.ts';
import { flawOf, type KeyOf, sealed, unsealed } from './signing.ts';

const envelope = z.object({ id: z.string(), event_type: z.string(), resource: sealed });

interface Account {
  readonly mchId: string;
  readonly appIds: readonly string[];
  readonly apiV3Key: string;
}

/** Signed over the raw bytes, encrypted for us, and about our merchant and apps. */
export async function readNotification(raw: RawNotification, account: Account, keyOf: KeyOf, now: Date): Promise<ProviderNotification> {
  const flaw = await flawOf(raw, keyOf, now);
  if (flaw !== null) throw new InvalidNotificationError(NAME, flaw);
  const { data: event } = envelope.safeParse(parseJson(raw.body.toString('utf8')));
  if (!event) throw new InvalidNotificationError(NAME, 'the body is not a notification');
  const content = unsealed(event.resource, account.apiV3Key);
  if (content === null) throw new InvalidNotificationError(NAME, 'it is not encrypted for us');
  const about = contentOf(event.event_type, parseJson(content), account);
  return about ? { ...about, eventId: event.id } : { kind: 'OTHER', eventId: event.id, topic: event.event_type };
}

function contentOf(type: string, content: unknown, { mchId, appIds }: Account) {
  if (type.startsWith('TRANSACTION.')) {
    const transaction = readAs(transactionShape, content);
    if (transaction.mchid !== mchId || !appIds.includes(transaction.appid)) throw new InvalidNotificationError(NAME, 'it is for another merchant or app');
    return { kind: 'PAYMENT', paymentId: transaction.out_trade_no, payment: paymentOf(transaction) } as const;
  }
  if (type.startsWith('REFUND.')) {
    const refund = readAs(refundNoticeShape, content);
    if (refund.mchid !== mchId) throw new InvalidNotificationError(NAME, 'it is for another merchant');
    return { kind: 'REFUND', paymentId: refund.out_trade_no, refund: refundOf(refund) } as const;
  }
  return null;
}

function readAs<T>(shape: z.ZodType<T>, content: unknown): T {
  const parsed = shape.safeParse(content);
  if (!parsed.success) throw new InvalidNotificationError(NAME, `its content is not what it says: ${parsed.error.message}`);
  return parsed.data;
}
