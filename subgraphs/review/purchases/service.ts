import { z } from 'zod';
import type { StoredEvent } from '#platform/outbox.ts';
import { consumeOnce } from '#platform/outbox.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { reviewableUntil } from './domain.ts';
import { DeliveredLine } from './entities.ts';

const Delivered = z.object({
  orderId: z.string(),
  // A guest's order has no account that could review it.
  buyerId: z.string().nullable(),
  merchantId: z.string(),
  lines: z.array(z.object({ orderLineId: z.string(), productId: z.string(), variantId: z.string() })),
  at: z.coerce.date(),
});

/** Goods arrived: each line may now be reviewed, once, for a while. */
export async function rememberDelivery({ em }: Context, event: StoredEvent): Promise<void> {
  const { orderId, buyerId, merchantId, lines, at } = Delivered.parse(event.data);
  if (buyerId === null || lines.length === 0) return;
  const row = { orderId, buyerId, merchantId, reviewableUntil: reviewableUntil(at), isRefunded: false, reviewId: null };
  await transaction(em, async (tx) => {
    if (!(await consumeOnce(tx, 'review', event._id))) return;
    await rawCollection(tx, DeliveredLine).bulkWrite(
      lines.map(({ orderLineId, productId, variantId }) => ({
        updateOne: { filter: { _id: orderLineId }, update: { $setOnInsert: { ...row, productId, variantId } }, upsert: true },
      })),
      sessionOf(tx),
    );
  });
}
