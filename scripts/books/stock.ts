import type { Db } from 'mongodb';
import { anyOf, type BookCheck, type Databases, report, violations } from './check.ts';

export const stockChecks = (databases: Databases): Promise<BookCheck>[] => [stockBalances(databases('product')), stockIsHeldByOrders(databases)];

/** Invariant 1: `onHand = available + reserved`, reservations sum to `reserved`, movements to `onHand`, sales to what was sent. */
const stockBalances = (product: Db): Promise<BookCheck> =>
  violations(product, 'inventory-level', 'stock: on hand = available + reserved = Σ movements, reserved = Σ open reservations, none negative', [
    { $project: { key: '$_id', onHand: 1, reserved: 1, available: 1, backorderable: 1 } },
    {
      $unionWith: {
        coll: 'reservation',
        pipeline: [
          {
            $project: {
              key: { $concat: ['$variantId', '|', '$locationId'] },
              held: '$quantity',
              sent: '$shipped',
              least: { $min: ['$quantity', '$shipped', '$returned', { $subtract: ['$shipped', '$returned'] }] },
            },
          },
        ],
      },
    },
    {
      $unionWith: {
        coll: 'stock-movement',
        pipeline: [
          {
            $project: {
              key: { $concat: ['$variantId', '|', '$locationId'] },
              moved: '$delta',
              sold: { $cond: [{ $eq: ['$reason', 'SOLD'] }, { $multiply: ['$delta', -1] }, 0] },
            },
          },
        ],
      },
    },
    {
      $group: {
        _id: '$key',
        onHand: { $sum: '$onHand' },
        reserved: { $sum: '$reserved' },
        available: { $sum: '$available' },
        backorderable: { $max: '$backorderable' },
        held: { $sum: '$held' },
        moved: { $sum: '$moved' },
        sent: { $sum: '$sent' },
        sold: { $sum: '$sold' },
        least: { $min: '$least' },
      },
    },
    {
      $match: anyOf(
        { $ne: ['$onHand', { $add: ['$available', '$reserved'] }] },
        { $ne: ['$reserved', '$held'] },
        { $ne: ['$onHand', '$moved'] },
        { $ne: ['$sent', '$sold'] },
        { $lt: [{ $ifNull: ['$least', 0] }, 0] },
        { $lt: ['$onHand', 0] },
        { $lt: ['$reserved', 0] },
        { $and: [{ $lt: ['$available', 0] }, { $ne: ['$backorderable', true] }] },
      ),
    },
  ]);

const HOLDING = ['PENDING_PAYMENT', 'PAID', 'PROCESSING', 'READY_FOR_PICKUP', 'SHIPPED'];

/** Invariant 5: what an order has still to send is reserved for it, and nothing else is. */
async function stockIsHeldByOrders(databases: Databases): Promise<BookCheck> {
  const owed = new Map<string, number>();
  const keyOf = (reservationId: string, variantId: string) => `${reservationId}|${variantId}`;
  const orders = databases('order-payment').collection('order');
  for await (const { reservationId, lines } of orders.find({ status: { $in: HOLDING } }, { projection: { reservationId: 1, lines: 1 } })) {
    for (const { variantId, quantity, shippedQuantity, releasedQuantity } of lines) {
      const key = keyOf(reservationId, variantId);
      owed.set(key, (owed.get(key) ?? 0) + quantity - shippedQuantity - releasedQuantity);
    }
  }
  const held = await databases('product')
    .collection('reservation')
    .aggregate([{ $match: { quantity: { $ne: 0 } } }, { $group: { _id: { groupId: '$groupId', variantId: '$variantId' }, quantity: { $sum: '$quantity' } } }], {
      allowDiskUse: true,
    })
    .toArray();
  const broken: unknown[] = [];
  const seen = new Set<string>();
  for (const { _id, quantity } of held) {
    const key = keyOf(_id['groupId'], _id['variantId']);
    seen.add(key);
    if (quantity !== (owed.get(key) ?? 0)) broken.push({ key, reserved: quantity, owed: owed.get(key) ?? 0 });
  }
  for (const [key, quantity] of owed) if (quantity !== 0 && !seen.has(key)) broken.push({ key, reserved: 0, owed: quantity });
  return report('stock: every unit an order has still to send is reserved for it, and nothing else is', owed.size, broken);
}
