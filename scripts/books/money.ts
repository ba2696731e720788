import type { Db, Document } from 'mongodb';
import { anyOf, type BookCheck, type Databases, violations } from './check.ts';
import { PLACED } from './purchases.ts';

export const moneyChecks = (databases: Databases): Promise<BookCheck>[] => {
  const orders = databases('order-payment');
  return [
    moneyAddsUp(orders),
    paymentsStayBelow(orders),
    ordersStayBelow(orders),
    paymentsKnowTheirRefunds(orders),
    ordersKnowTheirRefunds(orders),
    linesKnowTheirRefunds(orders),
    ...onePaymentPays(orders),
  ];
};

/** Money of these is still with the platform. */
const KEPT = [null, 'ACCEPTED', 'WRITTEN_OFF'];

/** Invariant 3: captured - refunded = Σ over paid orders (total - refunded) + anomaly money that has not gone back. */
const moneyAddsUp = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order-group', 'money: captured - refunded = Σ paid orders (total - refunded) + anomaly money that is kept', [
    { $match: PLACED },
    { $project: { group: '$_id' } },
    {
      $unionWith: {
        coll: 'payment',
        pipeline: [{ $match: { captured: { $ne: null } } }, { $project: { group: '$groupId', kept: { $subtract: ['$captured', '$refunded'] } } }],
      },
    },
    {
      $unionWith: {
        coll: 'order',
        pipeline: [{ $match: { paidAt: { $ne: null } } }, { $project: { group: '$groupId', owed: { $subtract: ['$totals.total', '$refundedTotal'] } } }],
      },
    },
    {
      $unionWith: {
        coll: 'payment-anomaly',
        pipeline: [{ $match: { groupId: { $ne: null }, resolution: { $in: KEPT } } }, { $project: { group: '$groupId', owed: '$amount' } }],
      },
    },
    { $group: { _id: '$group', kept: { $sum: '$kept' }, owed: { $sum: '$owed' } } },
    { $match: { $expr: { $ne: ['$kept', '$owed'] } } },
  ]);

/** Invariant 3: refunded and pending together never exceed what was captured. */
const paymentsStayBelow = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'payment', 'refunds: refunded + pending within what was captured, per payment', [
    {
      $match: anyOf(
        { $gt: [{ $add: ['$refunded', '$refundPending'] }, { $ifNull: ['$captured', 0] }] },
        { $lt: ['$refunded', 0] },
        { $lt: ['$refundPending', 0] },
      ),
    },
    { $project: { captured: 1, refunded: 1, refundPending: 1 } },
  ]);

const isNegative = (...fields: string[]): Document => ({ $lt: [{ $min: fields.map((field) => `$$this.${field}`) }, 0] });

/** The same per order and line; what the lines and the shipping hold and gave back is what the order says. */
const ordersStayBelow = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'refunds: refunded + pending within what was paid, per order and line; parts sum to the order', [
    {
      $project: {
        refundedTotal: 1,
        refundPendingTotal: 1,
        refunded: { $add: [{ $sum: '$lines.refundedAmount' }, '$refundedShipping'] },
        pending: { $add: [{ $sum: '$lines.refundPendingAmount' }, '$refundPendingShipping'] },
        exceeded: {
          $or: [
            { $gt: [{ $add: ['$refundedTotal', '$refundPendingTotal'] }, '$totals.total'] },
            { $gt: [{ $add: ['$refundedShipping', '$refundPendingShipping'] }, '$totals.shipping'] },
            { $lt: [{ $min: ['$refundedTotal', '$refundPendingTotal', '$refundedShipping', '$refundPendingShipping'] }, 0] },
          ],
        },
        badLines: {
          $filter: {
            input: '$lines',
            cond: {
              $or: [
                { $gt: [{ $add: ['$$this.refundedAmount', '$$this.refundPendingAmount'] }, '$$this.total'] },
                { $gt: [{ $add: ['$$this.refundedQuantity', '$$this.refundPendingQuantity'] }, '$$this.quantity'] },
                { $gt: [{ $add: ['$$this.shippedQuantity', '$$this.releasedQuantity'] }, '$$this.quantity'] },
                isNegative('refundedAmount', 'refundPendingAmount', 'refundedQuantity', 'refundPendingQuantity', 'shippedQuantity', 'releasedQuantity'),
              ],
            },
          },
        },
      },
    },
    {
      $match: anyOf({ $ne: ['$refundedTotal', '$refunded'] }, { $ne: ['$refundPendingTotal', '$pending'] }, '$exceeded', { $gt: [{ $size: '$badLines' }, 0] }),
    },
  ]);

/** Granted, and not paid back yet. */
const GRANTED = ['AWAITING_RETURN', 'RETURN_SHIPPED', 'PROCESSING', 'FAILED'];
const ASKED = ['REQUESTED', 'ESCALATED'];

/** What a refund had given back, and is here again. */
const CAME_BACK = 'REFUND_FAILED';

const amountIf = (condition: Document, amount: string): Document => ({ $cond: [condition, amount, 0] });
const negative = (condition: Document, amount: string | Document): Document => ({ $cond: [condition, { $multiply: [amount, -1] }, 0] });

const paymentsKnowTheirRefunds = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'payment', 'refunds: what a payment holds and gave back = Σ its refunds and the odd money given back', [
    { $project: { payment: '$_id', refunded: 1, refundPending: 1 } },
    {
      $unionWith: {
        coll: 'refund-request',
        pipeline: [
          { $match: { paymentId: { $ne: null } } },
          {
            $project: {
              payment: '$paymentId',
              going: amountIf({ $in: ['$status', GRANTED] }, '$approvedAmount'),
              gone: amountIf({ $eq: ['$status', 'SUCCEEDED'] }, '$approvedAmount'),
            },
          },
        ],
      },
    },
    {
      $unionWith: {
        coll: 'payment-anomaly',
        pipeline: [
          { $match: { paymentId: { $ne: null }, $or: [{ execution: { $ne: null } }, { kind: CAME_BACK }] } },
          {
            $project: {
              payment: '$paymentId',
              going: amountIf({ $and: [{ $eq: ['$resolution', null] }, { $ne: ['$execution', null] }] }, '$amount'),
              gone: {
                $subtract: [
                  amountIf({ $in: ['$resolution', ['AUTO_REFUNDED', 'MANUALLY_REFUNDED']] }, '$amount'),
                  amountIf({ $eq: ['$kind', CAME_BACK] }, '$amount'),
                ],
              },
            },
          },
        ],
      },
    },
    {
      $group: {
        _id: '$payment',
        refunded: { $sum: '$refunded' },
        gone: { $sum: '$gone' },
        refundPending: { $sum: '$refundPending' },
        going: { $sum: '$going' },
      },
    },
    { $match: anyOf({ $ne: ['$refunded', '$gone'] }, { $ne: ['$refundPending', '$going'] }) },
  ]);

const ordersKnowTheirRefunds = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'order', 'refunds: what an order holds and gave back = Σ its requests', [
    { $project: { order: '$_id', refundedTotal: 1, refundPendingTotal: 1 } },
    {
      $unionWith: {
        coll: 'refund-request',
        pipeline: [
          {
            $project: {
              order: '$orderId',
              gone: amountIf({ $eq: ['$status', 'SUCCEEDED'] }, '$approvedAmount'),
              going: { $cond: [{ $in: ['$status', ASKED] }, '$requestedAmount', amountIf({ $in: ['$status', GRANTED] }, '$approvedAmount')] },
            },
          },
        ],
      },
    },
    {
      $group: {
        _id: '$order',
        refundedTotal: { $sum: '$refundedTotal' },
        gone: { $sum: '$gone' },
        refundPendingTotal: { $sum: '$refundPendingTotal' },
        going: { $sum: '$going' },
      },
    },
    { $match: anyOf({ $ne: ['$refundedTotal', '$gone'] }, { $ne: ['$refundPendingTotal', '$going'] }) },
  ]);

/** The same of each line, and of its units: those that are still owed after a lowered grant are not held, and not given back. */
const linesKnowTheirRefunds = (orders: Db): Promise<BookCheck> => {
  const units = { $subtract: ['$lines.quantity', { $ifNull: ['$lines.owedQuantity', 0] }] };
  const isGone = { $eq: ['$status', 'SUCCEEDED'] };
  const isGoing = { $in: ['$status', [...ASKED, ...GRANTED]] };
  const figures = ['refundedQuantity', 'refundedAmount', 'refundPendingQuantity', 'refundPendingAmount', 'releasedQuantity'];
  return violations(orders, 'order', 'refunds: what a line holds, gave back and never ships = Σ its parts of requests', [
    { $unwind: '$lines' },
    { $project: { line: '$lines.id', ...Object.fromEntries(figures.map((figure) => [figure, `$lines.${figure}`])) } },
    {
      $unionWith: {
        coll: 'refund-request',
        pipeline: [
          { $unwind: '$lines' },
          {
            $project: {
              line: '$lines.orderLineId',
              refundedQuantity: negative(isGone, units),
              refundedAmount: negative(isGone, '$lines.amount'),
              refundPendingQuantity: negative(isGoing, units),
              refundPendingAmount: negative(isGoing, '$lines.amount'),
              releasedQuantity: negative({ $or: [isGone, isGoing] }, '$lines.releasedQuantity'),
            },
          },
        ],
      },
    },
    { $group: { _id: '$line', ...Object.fromEntries(figures.map((figure) => [figure, { $sum: `$${figure}` }])) } },
    { $match: anyOf(...figures.map((figure) => ({ $ne: [`$${figure}`, 0] }))) },
  ]);
};

/** Invariant 4: a group is paid by one payment that succeeded; money that pays nothing is an anomaly. */
const onePaymentPays = (orders: Db): Promise<BookCheck>[] => [
  violations(orders, 'payment', 'payments: each that captured money pays its group or is an anomaly', [
    { $match: { $or: [{ captured: { $ne: null } }, { status: 'SUCCEEDED' }] } },
    { $lookup: { from: 'order-group', localField: 'groupId', foreignField: '_id', as: 'groups' } },
    { $lookup: { from: 'payment-anomaly', localField: '_id', foreignField: 'paymentId', as: 'anomalies' } },
    { $match: anyOf({ $eq: ['$captured', null] }, { $and: [{ $not: [{ $in: ['$_id', '$groups.paymentId'] }] }, { $eq: [{ $size: '$anomalies' }, 0] }] }) },
    { $project: { groupId: 1, captured: 1 } },
  ]),
  violations(orders, 'order-group', 'payments: what was paid was paid by one payment of its own that succeeded, with what was due', [
    { $match: { ...PLACED, $or: [{ paymentId: { $ne: null } }, { status: 'PAID' }] } },
    { $lookup: { from: 'payment', localField: 'paymentId', foreignField: '_id', as: 'payments' } },
    { $set: { payment: { $first: '$payments' } } },
    {
      $match: anyOf(
        { $ne: ['$status', 'PAID'] },
        {
          $cond: [
            { $eq: ['$totals.total', 0] },
            { $ne: ['$paymentId', null] },
            {
              $or: [
                { $ne: ['$payment.status', 'SUCCEEDED'] },
                { $ne: ['$payment.groupId', '$_id'] },
                { $ne: ['$payment.captured', '$totals.total'] },
                { $ne: ['$payment.capturedCurrency', '$currency'] },
              ],
            },
          ],
        },
      ),
    },
    { $project: { status: 1, paymentId: 1, due: '$totals.total', captured: '$payment.captured' } },
  ]),
];
