import { type Job, itemsOf, scheduleItems, takeOffItems } from '#platform/jobs.ts';
import type { StoredEvent } from '#platform/outbox.ts';
import type { Context } from '../context.ts';
import { settleOrders } from './posting.ts';

/** Posts what has happened to a merchant's orders; its subject is the merchant, its items are orders with the events that tell of them. */
export const POSTING_JOB = 'settlement-posting';

type Posting = Pick<Context, 'em' | 'config'>;

const soon = ({ config }: Posting): Date => new Date(Date.now() + config.SETTLEMENT_POSTING_SECONDS * 1000);

/**
 * Notes that an order has to be looked at. What happens to one merchant's orders within a short while is posted together: it
 * is cheaper, and nobody who pays waits for the row that all sales of a merchant share.
 */
export const noteOrder = (context: Posting, { _id: eventId, data }: Pick<StoredEvent, '_id' | 'data'>): Promise<void> =>
  scheduleItems(context.em, {
    kind: POSTING_JOB,
    subjectId: String(data['merchantId']),
    runAt: soon(context),
    // Of each event its own: what happens while an order is being posted has to be looked at after that.
    items: [`${String(data['orderId'])} ${eventId}`],
  });

/** Repeatable: what was posted before it was killed is left alone. */
export async function postNoted(context: Posting, job: Job): Promise<void> {
  const items = itemsOf(job);
  const orderIds = new Set(items.map((item) => item.split(' ')[0] ?? item));
  await settleOrders(context.em, context.config, [...orderIds]);
  await takeOffItems(context.em, job, items, soon(context));
}
