import type { EntityManager } from '@mikro-orm/mongodb';
import { publish } from '#platform/outbox.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { averageOf, type Counted, tallyChange } from './domain.ts';
import { MerchantRating, ProductRating } from './entities.ts';

const EMPTY_COUNTERS = ['sum', 'count', 'verifiedCount'];

/** Moves the ratings of product and merchant by what one review changed, in the review's transaction, and tells of it. */
export async function recordRating(
  tx: EntityManager,
  { productId, merchantId }: { readonly productId: string; readonly merchantId: string },
  before: Counted,
  after: Counted,
): Promise<void> {
  const change = tallyChange(before, after);
  if (Object.keys(change).length === 0) return;
  // Counters that stand still are named too, so that a first review writes a whole row.
  const $inc = { ...Object.fromEntries(EMPTY_COUNTERS.map((name) => [name, 0])), ...change };
  const options = { upsert: true, ...sessionOf(tx) };
  await rawCollection(tx, MerchantRating).updateOne({ _id: merchantId }, { $inc }, options);
  const row = await rawCollection(tx, ProductRating).findOneAndUpdate({ _id: productId }, { $inc }, { ...options, returnDocument: 'after' });
  const { sum, count } = { sum: Number(row?.['sum']), count: Number(row?.['count']) };
  await publish(tx, { topic: 'review.rating_changed', subjectId: productId, data: { productId, merchantId, sum, count, average: averageOf({ sum, count }) } });
}
