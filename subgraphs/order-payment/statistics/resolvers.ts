import { mayFor } from '#platform/identity.ts';
import { type Money, money } from '#platform/money.ts';
import type { Context } from '../context.ts';
import { isPaymentMethod } from '../payments/methods.ts';
import type { Resolvers } from '../schema.generated.ts';
import { bucketsOf } from './calendar.ts';
import { average, checkPoints, checkTop, periodOf, rateBps } from './domain.ts';
import type { Figure, FigureRow } from './figures.ts';
import type { SalesStatistics } from './sources.ts';

export const resolvers: Resolvers = {
  Query: {
    platformStatistics: (_root, { input }) => ({ merchantId: null, period: periodOf(input) }),
  },
  Merchant: {
    statistics: ({ id }, { input }, { identity }) => (mayFor(identity, id, 'stats:read') ? { merchantId: id, period: periodOf(input) } : null),
  },
  SalesStatistics: {
    range: ({ period: { from, to, timeZone } }) => ({ from, to, timeZone }),
    currency: ({ period }) => period.currency,
    grossSales: async (source, _args, context) => inItsCurrency(source, (await sumsOf(source, context, 'SALES')).sold),
    refunds: async (source, _args, context) => inItsCurrency(source, (await sumsOf(source, context, 'REFUNDS')).refunded),
    netSales: async (source, _args, context) => {
      const [{ sold }, { refunded }] = await Promise.all([sumsOf(source, context, 'SALES'), sumsOf(source, context, 'REFUNDS')]);
      return inItsCurrency(source, sold - refunded);
    },
    paidOrders: async (source, _args, context) => (await sumsOf(source, context, 'SALES')).orders,
    unitsSold: async (source, _args, context) => (await sumsOf(source, context, 'UNITS')).units,
    averageOrderValue: async (source, _args, context) => {
      const { sold, orders } = await sumsOf(source, context, 'SALES');
      return inItsCurrency(source, average(sold, orders));
    },
    refundRateBps: async (source, _args, context) => {
      const [{ sold }, { refunded }] = await Promise.all([sumsOf(source, context, 'SALES'), sumsOf(source, context, 'REFUNDS')]);
      return rateBps(refunded, sold);
    },
    expiredOrders: async (source, _args, context) => (await sumsOf(source, context, 'EXPIRED')).orders,
    uniqueBuyers: async (source, _args, context) => (await sumsOf(source, context, 'BUYERS')).orders,
    series: async (source, { granularity }, context) => {
      const { period } = source;
      checkPoints(granularity, period);
      const rows = await rowsOf(source, context, { kind: 'SERIES', granularity });
      const byKey = new Map(rows.map((row) => [row.key, row]));
      return bucketsOf(granularity, period.timeZone, period.from, period.to).map(({ startsAt, key }) => {
        const { sold, refunded, orders } = byKey.get(key) ?? NOTHING;
        return { bucketStart: startsAt, netSales: inItsCurrency(source, sold - refunded), paidOrders: orders, refunds: inItsCurrency(source, refunded) };
      });
    },
    topProducts: async (source, { first }, context) => {
      const count = first ?? 10;
      checkTop(count);
      const rows = await rowsOf(source, context, { kind: 'PRODUCTS', first: count });
      return rows.map(({ key, units, sold, refunded }) => ({
        product: key === null ? null : { id: key },
        units,
        netSales: inItsCurrency(source, sold - refunded),
      }));
    },
    byPaymentMethod: async (source, _args, context) =>
      (await rowsOf(source, context, { kind: 'METHODS' }))
        .flatMap(({ key, orders, sold }) => (isPaymentMethod(key) ? [{ method: key, orders, amount: inItsCurrency(source, sold) }] : []))
        .sort((a, b) => b.amount.amount - a.amount.amount || (a.method < b.method ? -1 : 1)),
    freshAsOf: async (source, _args, { loaders }) => (await loaders.statistics.load({ ...source, figure: null })).asOf,
  },
};

const NOTHING = { sold: 0, refunded: 0, orders: 0, units: 0 };

const inItsCurrency = ({ period }: SalesStatistics, amount: number): Money => money(amount, period.currency);

const rowsOf = async (source: SalesStatistics, { loaders }: Context, figure: Figure): Promise<readonly FigureRow[]> =>
  (await loaders.statistics.load({ ...source, figure })).rows;

/** A figure that is one row, or nothing. */
const sumsOf = async (source: SalesStatistics, context: Context, kind: Exclude<Figure['kind'], 'SERIES' | 'PRODUCTS'>) =>
  (await rowsOf(source, context, { kind }))[0] ?? NOTHING;
