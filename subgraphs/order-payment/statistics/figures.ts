import type { EntityManager } from '@mikro-orm/mongodb';
import type { ClientSession, Document } from 'mongodb';
import { minorUnits } from '#platform/money.ts';
import { rawCollection } from '#platform/rows.ts';
import { EXPIRED_INDEXES, Order, PAID_INDEXES } from '../orders/entities.ts';
import { RefundRequest } from '../refunds/entities.ts';
import { type Granularity, type Stretch, stretchesOf } from './calendar.ts';
import type { Period } from './domain.ts';

/** One thing that can be counted, by one command over one collection and at most a union with another. */
export type Figure =
  | { readonly kind: 'SALES' | 'REFUNDS' | 'UNITS' | 'BUYERS' | 'EXPIRED' | 'METHODS' }
  | { readonly kind: 'SERIES'; readonly granularity: Granularity }
  | { readonly kind: 'PRODUCTS'; readonly first: number };

/** What was counted of one merchant, or of the platform; `key` tells steps, products and methods apart. */
export interface FigureRow {
  readonly merchantId: string | null;
  readonly key: string | null;
  readonly sold: number;
  readonly refunded: number;
  readonly orders: number;
  readonly units: number;
}

/** Whose figures: some merchants', each its own, or null for all merchants together. */
type Subjects = readonly string[] | null;

/** More than the longest series has points, so that the answer comes whole. */
const ROWS_AT_ONCE = 20_000;

/** Reads one figure of all subjects at once. */
export async function readFigure(em: EntityManager, session: ClientSession, figure: Figure, period: Period, subjects: Subjects): Promise<FigureRow[]> {
  const { entity, hint, pipeline } = planOf(em, figure, period, subjects);
  const rows = await rawCollection(em, entity)
    .aggregate<Document>(pipeline, { session, allowDiskUse: true, batchSize: ROWS_AT_ONCE, ...(hint && { hint }) })
    .toArray();
  return rows.map(({ _id, sold, refunded, orders, units }) => ({
    merchantId: textOf(_id?.merchantId),
    key: textOf(_id?.key),
    sold: whole(sold),
    refunded: whole(refunded),
    orders: whole(orders),
    units: whole(units),
  }));
}

const textOf = (value: unknown): string | null => (value == null ? null : String(value));

/** Sums are 64-bit integers in the database; what is beyond the safe ones here is refused, not rounded. */
const whole = (value: unknown): number => minorUnits(value == null ? 0 : Number(String(value)));

interface Plan {
  readonly entity: typeof Order | typeof RefundRequest;
  readonly hint: string | null;
  readonly pipeline: Document[];
}

/** What is read for a figure, and how: each begins with a condition that an index answers. */
export function planOf(em: EntityManager, figure: Figure, period: Period, subjects: Subjects): Plan {
  switch (figure.kind) {
    case 'SERIES':
      return seriesPlan(em, figure.granularity, period, subjects);
    case 'PRODUCTS':
      return productsPlan(em, figure.first, period, subjects);
    default:
      return SUMS[figure.kind](period, subjects);
  }
}

const exact = (field: string): Document => ({ $sum: { $toLong: field } });
/** Merchants apart from each other, the platform as one. */
const merchantOf = (subjects: Subjects): string | null => (subjects === null ? null : '$merchantId');
const ofSubjects = (subjects: Subjects): Document => (subjects === null ? {} : { merchantId: { $in: [...subjects] } });

/** The indexes hold what has a time at all, later than the first instant there is: what is asked has to be within that. */
const within = ({ from, to }: Period): Document => ({ $gte: from.getTime() > 0 ? from : new Date(1), $lt: to });

const paidOrders = (period: Period, subjects: Subjects): Document => ({ ...ofSubjects(subjects), currency: period.currency, paidAt: within(period) });

const succeededRefunds = (period: Period, subjects: Subjects): Document => ({
  ...ofSubjects(subjects),
  currency: period.currency,
  'execution.succeededAt': within(period),
});

const ofOrders = (subjects: Subjects, stages: Document[]): Plan => ({
  entity: Order,
  hint: subjects === null ? PAID_INDEXES.platform : PAID_INDEXES.merchant,
  pipeline: stages,
});

type Sum = Exclude<Figure['kind'], 'SERIES' | 'PRODUCTS'>;

const SUMS: Readonly<Record<Sum, (period: Period, subjects: Subjects) => Plan>> = {
  SALES: (period, subjects) =>
    ofOrders(subjects, [
      { $match: paidOrders(period, subjects) },
      { $group: { _id: { merchantId: merchantOf(subjects) }, sold: exact('$totals.total'), orders: { $sum: 1 } } },
    ]),

  UNITS: (period, subjects) =>
    ofOrders(subjects, [
      { $match: paidOrders(period, subjects) },
      { $group: { _id: { merchantId: merchantOf(subjects) }, units: { $sum: { $sum: '$lines.quantity' } } } },
    ]),

  BUYERS: (period, subjects) =>
    ofOrders(subjects, [
      { $match: paidOrders(period, subjects) },
      { $group: { _id: { merchantId: merchantOf(subjects), buyer: { $ifNull: ['$buyerId', '$guestId'] } } } },
      { $match: { '_id.buyer': { $ne: null } } },
      { $group: { _id: { merchantId: '$_id.merchantId' }, orders: { $sum: 1 } } },
    ]),

  METHODS: (period, subjects) =>
    ofOrders(subjects, [
      { $match: paidOrders(period, subjects) },
      { $group: { _id: { merchantId: merchantOf(subjects), key: '$paymentMethod' }, sold: exact('$totals.total'), orders: { $sum: 1 } } },
    ]),

  EXPIRED: (period, subjects) => ({
    entity: Order,
    hint: subjects === null ? EXPIRED_INDEXES.platform : EXPIRED_INDEXES.merchant,
    pipeline: [
      { $match: { ...ofSubjects(subjects), currency: period.currency, status: 'EXPIRED', placedAt: within(period) } },
      { $group: { _id: { merchantId: merchantOf(subjects) }, orders: { $sum: 1 } } },
    ],
  }),

  REFUNDS: (period, subjects) => ({
    entity: RefundRequest,
    hint: null,
    pipeline: [{ $match: succeededRefunds(period, subjects) }, { $group: { _id: { merchantId: merchantOf(subjects) }, refunded: exact('$approvedAmount') } }],
  }),
};

function seriesPlan(em: EntityManager, granularity: Granularity, period: Period, subjects: Subjects): Plan {
  const stepOf = stepsOf(granularity, period);
  const byStep = (moment: string, figures: Document): Document => ({ $group: { _id: { merchantId: merchantOf(subjects), ...stepOf(moment) }, ...figures } });
  return ofOrders(subjects, [
    { $match: paidOrders(period, subjects) },
    byStep('$paidAt', { sold: exact('$totals.total'), orders: { $sum: 1 } }),
    union(em, RefundRequest, [{ $match: succeededRefunds(period, subjects) }, byStep('$execution.succeededAt', { refunded: exact('$approvedAmount') })]),
    { $group: { _id: '$_id', sold: { $sum: '$sold' }, orders: { $sum: '$orders' }, refunded: { $sum: '$refunded' } } },
    { $set: { _id: { merchantId: '$_id.merchantId', key: granularity === 'HOUR' ? HOUR_KEY : BEGINNING } } },
  ]);
}

function productsPlan(em: EntityManager, first: number, period: Period, subjects: Subjects): Plan {
  const byProduct = (product: string, figures: Document): Document => ({ $group: { _id: { merchantId: merchantOf(subjects), key: product }, ...figures } });
  return ofOrders(subjects, [
    { $match: paidOrders(period, subjects) },
    { $unwind: '$lines' },
    byProduct('$lines.productId', { sold: exact('$lines.total'), units: { $sum: '$lines.quantity' } }),
    union(em, RefundRequest, [
      { $match: succeededRefunds(period, subjects) },
      { $unwind: '$lines' },
      { $lookup: { from: collectionName(em, Order), localField: 'orderId', foreignField: '_id', as: 'order', pipeline: [{ $project: BOUGHT }] } },
      { $set: { bought: { $first: { $filter: { input: { $first: '$order.lines' }, cond: { $eq: ['$$this.id', '$lines.orderLineId'] } } } } } },
      byProduct('$bought.productId', { refunded: exact('$lines.amount') }),
    ]),
    { $group: { _id: '$_id', sold: { $sum: '$sold' }, units: { $sum: '$units' }, refunded: { $sum: '$refunded' } } },
    { $match: { units: { $gt: 0 } } },
    { $set: { net: { $subtract: ['$sold', '$refunded'] } } },
    { $group: { _id: '$_id.merchantId', top: { $topN: { n: first, sortBy: { net: -1, units: -1, '_id.key': 1 }, output: '$$ROOT' } } } },
    { $unwind: '$top' },
    { $replaceWith: '$top' },
  ]);
}

const BOUGHT = { 'lines.id': 1, 'lines.productId': 1 };

const collectionName = (em: EntityManager, entity: Plan['entity']): string => rawCollection(em, entity).collectionName;
const union = (em: EntityManager, entity: Plan['entity'], pipeline: Document[]): Document => ({ $unionWith: { coll: collectionName(em, entity), pipeline } });

/** The beginning of the step of the zone's calendar in which a moment lies, by the zone's own clocks. */
function stepsOf(granularity: Granularity, { timeZone, from, to }: Period): (moment: string) => Document {
  const stretches = stretchesOf(timeZone, from.getTime(), to.getTime());
  return (moment) => {
    const offset = offsetOf(moment, stretches);
    const local = { $dateTrunc: { date: { $add: [moment, offset] }, unit: granularity.toLowerCase(), startOfWeek: 'monday' } };
    return granularity === 'HOUR' ? { local, offset } : { local };
  };
}

/** How far the clocks stood from UTC at a moment. */
function offsetOf(moment: string, stretches: readonly Stretch[]): Document | number {
  const [last, ...before] = stretches.toReversed();
  const branches = before.toReversed().map(({ to, offsetMs }) => ({ case: { $lt: [moment, new Date(to)] }, then: offsetMs }));
  const otherwise = last?.offsetMs ?? 0;
  return branches.length === 0 ? { $literal: otherwise } : { $switch: { branches, default: otherwise } };
}

/** As `keyOf` marks the steps. */
const BEGINNING: Document = { $toString: { $toLong: '$_id.local' } };
const HOUR_KEY: Document = { $concat: [BEGINNING, '|', { $toString: '$_id.offset' }] };
