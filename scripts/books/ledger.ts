import type { Db } from 'mongodb';
import { anyOf, type BookCheck, type Databases, violations } from './check.ts';
import { salesArePosted } from './sales.ts';

/** What the platform owes its merchants. */
export const ledgerChecks = (databases: Databases): Promise<BookCheck>[] => {
  const orders = databases('order-payment');
  return [
    everyEntryIsDouble(orders),
    ledgersRunOn(orders),
    accountsAreTheirLastLine(orders),
    pendingIsOfOpenOrders(orders),
    payoutsAreBooked(orders),
    salesArePosted(orders),
  ];
};

const OTHER_SIDE = { CASH: ['SALE', 'REFUND', 'PAYOUT', 'PAYOUT_REVERSAL'] };

/** Entry by entry, so in any sum of them: what the merchant gets another side gives, and it is the side that the kind says. */
const everyEntryIsDouble = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'ledger-entry', 'ledger: merchants + platform + cash = 0 per currency', [
    {
      $match: anyOf(
        { $ne: [{ $add: ['$amount', '$counterAmount'] }, 0] },
        { $ne: ['$counterAccount', { $cond: [{ $in: ['$kind', OTHER_SIDE.CASH] }, 'CASH', 'PLATFORM'] }] },
        { $ne: ['$accountId', { $concat: ['$merchantId', '|', '$currency'] }] },
        { $eq: ['$amount', 0] },
      ),
    },
    { $project: { kind: 1, amount: 1, counterAccount: 1, counterAmount: 1 } },
  ]);

const ledgersRunOn = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'ledger-entry', 'ledger: numbered without a gap, balanceAfter is the running sum, nothing is told before what it follows', [
    {
      $setWindowFields: {
        partitionBy: '$accountId',
        sortBy: { sequence: 1 },
        output: {
          place: { $documentNumber: {} },
          running: { $sum: '$amount', window: { documents: ['unbounded', 'current'] } },
          before: { $shift: { output: '$at', by: -1 } },
        },
      },
    },
    { $match: anyOf({ $ne: ['$sequence', '$place'] }, { $ne: ['$balanceAfter', '$running'] }, { $lt: ['$at', '$before'] }) },
    { $project: { accountId: 1, sequence: 1, place: 1, balanceAfter: 1, running: 1 } },
  ]);

const accountsAreTheirLastLine = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'merchant-account', 'ledger: an account is the sum of its entries', [
    { $project: { account: '$_id', sequence: 1, balance: 1 } },
    { $unionWith: { coll: 'ledger-entry', pipeline: [{ $project: { account: '$accountId', entry: '$sequence', amount: 1 } }] } },
    {
      $group: {
        _id: '$account',
        sequence: { $max: '$sequence' },
        entries: { $max: '$entry' },
        balance: { $sum: '$balance' },
        sum: { $sum: '$amount' },
      },
    },
    { $match: anyOf({ $ne: ['$sequence', '$entries'] }, { $ne: ['$balance', '$sum'] }) },
  ]);

const pendingIsOfOpenOrders = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'merchant-account', 'ledger: what is pending = Σ net of orders that are not complete', [
    { $project: { account: '$_id', pending: 1 } },
    {
      $unionWith: {
        coll: 'order-settlement',
        pipeline: [{ $match: { availableAt: null } }, { $project: { account: '$accountId', open: { $max: ['$net', 0] } } }],
      },
    },
    { $group: { _id: '$account', pending: { $sum: '$pending' }, open: { $sum: '$open' } } },
    { $match: { $expr: { $ne: ['$pending', '$open'] } } },
  ]);

const GIVEN_BACK = ['FAILED', 'REVERSED'];
const isKind = (kind: string) => ({ $eq: ['$kind', kind] });

/** A payout is taken from the ledger once, given back once where it did not arrive, and never was more than was there. */
const payoutsAreBooked = (orders: Db): Promise<BookCheck> =>
  violations(orders, 'payout', 'payouts: once per account and period, in the ledger once, back once where they failed, never more than was there', [
    { $project: { payout: '$_id', account: '$accountId', amount: 1, status: 1, period: '$periodEnd', payouts: { $literal: 1 } } },
    {
      $unionWith: {
        coll: 'ledger-entry',
        pipeline: [
          { $match: { kind: { $in: ['PAYOUT', 'PAYOUT_REVERSAL'] } } },
          {
            $project: {
              payout: '$payoutId',
              paid: { $cond: [isKind('PAYOUT'), { $multiply: ['$amount', -1] }, 0] },
              back: { $cond: [isKind('PAYOUT_REVERSAL'), '$amount', 0] },
              left: { $cond: [isKind('PAYOUT'), '$balanceAfter', 0] },
            },
          },
        ],
      },
    },
    {
      $group: {
        _id: '$payout',
        account: { $max: '$account' },
        period: { $max: '$period' },
        payouts: { $sum: '$payouts' },
        status: { $max: '$status' },
        amount: { $sum: '$amount' },
        paid: { $sum: '$paid' },
        back: { $sum: '$back' },
        left: { $min: '$left' },
      },
    },
    { $set: { due: { $cond: [{ $in: ['$status', GIVEN_BACK] }, '$amount', 0] } } },
    { $setWindowFields: { partitionBy: { account: '$account', period: '$period' }, output: { ofPeriod: { $sum: '$payouts' } } } },
    {
      $match: anyOf(
        { $ne: ['$payouts', 1] },
        { $ne: ['$ofPeriod', 1] },
        { $lte: ['$amount', 0] },
        { $ne: ['$paid', '$amount'] },
        { $ne: ['$back', '$due'] },
        { $lt: ['$left', 0] },
      ),
    },
  ]);
