import { z } from 'zod';
import { consumeOnce, type StoredEvent } from '#platform/outbox.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { DeliveredLine } from '../purchases/entities.ts';
import { recordRating } from '../ratings/service.ts';
import { countedOf } from './domain.ts';
import { Review } from './entities.ts';

const Refunded = z.object({ orderLineIds: z.array(z.string()) });
const Renamed = z.object({ userId: z.string(), displayName: z.string().nullable() });

/** Lines were refunded in full: what was said about them stays, but no longer as a verified purchase. */
export async function withdrawVerification(context: Context, event: StoredEvent): Promise<void> {
  const { orderLineIds } = Refunded.parse(event.data);
  if (orderLineIds.length === 0) return;
  await transaction(context.em, async (tx) => {
    if (!(await consumeOnce(tx, 'review', event._id))) return;
    await rawCollection(tx, DeliveredLine).bulkWrite(
      orderLineIds.map((_id) => ({ updateOne: { filter: { _id }, update: { $set: { isRefunded: true } }, upsert: true } })),
      sessionOf(tx),
    );
    for (const review of await tx.find(Review, { orderLineId: { $in: orderLineIds }, verifiedPurchase: true })) {
      const before = countedOf(review);
      review.verifiedPurchase = false;
      await recordRating(tx, review, before, countedOf(review));
    }
  });
  context.wake();
}

/** Somebody goes by another name, or by none: the copies in their reviews follow. */
export async function renameAuthor({ em }: Context, event: StoredEvent): Promise<void> {
  const { userId, displayName } = Renamed.parse(event.data);
  await transaction(em, async (tx) => {
    if (!(await consumeOnce(tx, 'review', event._id))) return;
    await rawCollection(tx, Review).updateMany({ authorId: userId }, { $set: { authorName: displayName } }, sessionOf(tx));
  });
}
