import type { Document } from 'mongodb';
import { type BookCheck, type Databases, report } from './check.ts';

/** What a product says it sold is what was paid for, but for sales that it has still to hear of. */
async function unitsAreCounted(databases: Databases): Promise<BookCheck> {
  const orders = databases('order-payment');
  const waiting = new Set(await orders.collection('outbox').distinct('data.lines.productId', { publishedAt: null, topic: 'order.paid' }));
  const sold = new Map<unknown, number>();
  const counted: Document[] = [
    { $match: { paidAt: { $ne: null } } },
    { $unwind: '$lines' },
    { $group: { _id: '$lines.productId', units: { $sum: '$lines.quantity' } } },
  ];
  for await (const { _id, units } of orders.collection('order').aggregate(counted, { allowDiskUse: true })) sold.set(_id, units);
  const broken: unknown[] = [];
  let checked = 0;
  for await (const { _id, soldCount } of databases('product')
    .collection('product')
    .find({}, { projection: { soldCount: 1 } })) {
    checked += 1;
    const units = sold.get(_id) ?? 0;
    if (soldCount !== units && !waiting.has(_id)) broken.push({ product: _id, soldCount, units });
  }
  return report('sales: units sold of a product = units in paid orders', checked, broken);
}

export const popularityChecks = (databases: Databases): Promise<BookCheck>[] => [unitsAreCounted(databases)];
