import { type Job, itemsOf, scheduleItems, takeOffItems } from '#platform/jobs.ts';
import type { StoredEvent } from '#platform/outbox.ts';
import type { Context } from '../context.ts';
import { settleOrders } from './posting.ts';

/** Posts what has happened to a merchant's orders; its subject is the merchant, its items are orders. */
export const POSTING_JOB = 'settlement-posting';

const soon = ({ config }: Context): Date => new Date(Date.now() + config.SETTLEMENT_POSTING_SECONDS * 1000);

/**
 * Notes that an order has to be looked at. What happens to one merchant's orders within a short while is posted together: it
 * is cheaper, and nobody who pays waits for the row that all sales of a merchant share.
 */
export const noteOrder = (context: Context, { data }: Pick<StoredEvent, 'data'>): Promise<void> =>
  scheduleItems(context.em, { kind: POSTING_JOB, subjectId: String(data['merchantId']), runAt: soon(context), items: [String(data['orderId'])] });

/** Repeatable: what was posted before it was killed is left alone. */
export async function postNoted(context: Context, job: Job): Promise<void> {
  const orderIds = itemsOf(job);
  await settleOrders(context.em, context.config, orderIds);
  await takeOffItems(context.em, job, orderIds, soon(context));
}
