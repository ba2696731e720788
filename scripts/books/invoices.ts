import type { Db, Document } from 'mongodb';
import { anyOf, type BookCheck, type Databases, report, violations } from './check.ts';

export const invoiceChecks = (databases: Databases): Promise<BookCheck>[] => {
  const orders = databases('order-payment');
  return [documentsAddUp(orders), numbersHaveNoGaps(orders), refundsAreCredited(orders)];
};

const documentsAddUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'invoice', 'invoices: amount = Σ lines + delivery = Σ net + tax by rate', [
    {
      $project: {
        number: 1,
        amount: 1,
        parts: { $add: [{ $sum: '$lines.amount' }, '$shipping.amount'] },
        tax: { $add: [{ $sum: '$lines.tax' }, '$shipping.tax'] },
        taxes: { $sum: '$taxes.tax' },
        byRate: { $add: [{ $sum: '$taxes.net' }, { $sum: '$taxes.tax' }] },
      },
    },
    { $match: anyOf({ $ne: ['$amount', '$parts'] }, { $ne: ['$amount', '$byRate'] }, { $ne: ['$tax', '$taxes'] }, { $lt: ['$amount', 1] }) },
  ]);

/** Each series has as many documents as it has counted, under as many numbers. */
const numbersHaveNoGaps = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'invoice-series', 'invoices: numbers without gaps, per merchant, kind and year', [
    { $project: { series: '$_id', last: 1 } },
    {
      $unionWith: {
        coll: 'invoice',
        pipeline: [{ $project: { series: { $concat: ['$merchantId', '|', '$kind', '|', { $toString: { $year: '$issuedAt' } }] }, number: 1 } }],
      },
    },
    { $group: { _id: '$series', last: { $sum: '$last' }, documents: { $sum: { $cond: ['$number', 1, 0] } }, numbers: { $addToSet: '$number' } } },
    { $set: { numbers: { $size: '$numbers' } } },
    { $match: anyOf({ $ne: ['$last', '$documents'] }, { $ne: ['$last', '$numbers'] }) },
  ]);

const signed: Document = { $cond: [{ $eq: ['$kind', 'INVOICE'] }, '$amount', { $multiply: ['$amount', -1] }] };

/** An order has one invoice, which its credit notes lower to what was paid and not paid back; but for what is still to be credited. */
async function refundsAreCredited(orders: Db): Promise<BookCheck> {
  const waiting = await orders.collection('outbox').distinct('data.orderId', { publishedAt: null, topic: 'refund.succeeded' });
  const invoices = orders.collection('invoice');
  const broken = await invoices
    .aggregate(
      [
        { $match: { orderId: { $nin: waiting } } },
        { $group: { _id: '$orderId', invoices: { $sum: { $cond: [{ $eq: ['$kind', 'INVOICE'] }, 1, 0] } }, invoiced: { $sum: signed } } },
        { $lookup: { from: 'order', localField: '_id', foreignField: '_id', as: 'order' } },
        { $set: { order: '$$REMOVE', kept: { $first: { $map: { input: '$order', in: { $subtract: ['$$this.totals.total', '$$this.refundedTotal'] } } } } } },
        { $match: anyOf({ $ne: ['$invoices', 1] }, { $ne: ['$invoiced', '$kept'] }) },
      ],
      { allowDiskUse: true },
    )
    .toArray();
  return report('invoices: one per order; less its credit notes it is what was paid and not paid back', await invoices.countDocuments(), broken);
}
