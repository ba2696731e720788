import type { EntityManager } from '@mikro-orm/mongodb';
import DataLoader from 'dataloader';
import type { Document, Filter } from 'mongodb';
import { DomainError } from '#platform/errors.ts';
import { connectionOf, type Page, pageOf, type SortKey } from '#platform/pagination.ts';
import { aggregateRows, rawCollection } from '#platform/rows.ts';
import type { OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus } from './domain.ts';
import { Order as OrderEntity } from './entities.ts';
import { ORDER_FIELDS, type Order, type OrderConnection } from './sources.ts';

interface Range {
  readonly from: Date;
  readonly to: Date;
}

export interface OrderFilter {
  readonly status?: readonly OrderStatus[] | null | undefined;
  readonly paymentStatus?: readonly OrderPaymentStatus[] | null | undefined;
  readonly fulfilmentStatus?: readonly OrderFulfilmentStatus[] | null | undefined;
  readonly placedAt?: Range | null | undefined;
  readonly updatedAt?: Range | null | undefined;
  readonly numberPrefix?: string | null | undefined;
}

const SORTS = {
  PLACED_DESC: [{ field: 'placedAt', direction: -1 }],
  PLACED_ASC: [{ field: 'placedAt', direction: 1 }],
  UPDATED_DESC: [{ field: 'updatedAt', direction: -1 }],
  TOTAL_DESC: [{ field: 'totals.total', direction: -1 }],
} as const satisfies Record<string, readonly SortKey[]>;

export interface OrderListArgs {
  readonly filter?: OrderFilter | null | undefined;
  readonly sort?: keyof typeof SORTS | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

type Where = Filter<Document & { _id: string }>;

/** The same page of each owner's orders, in one command however many owners there are. */
export function ordersOf(em: EntityManager, owner: 'merchantId' | 'buyerId', args: OrderListArgs): DataLoader<string, OrderConnection> {
  const page = pageFor(args);
  const where = whereOf(args.filter);
  return new DataLoader(async (ids: readonly string[]) => {
    const rows = await fetchPages(
      em,
      page,
      ids.map((id) => ({ ...where, [owner]: id })),
    );
    const byOwner = Map.groupBy(rows, (order) => order[owner]);
    return ids.map((id) => listOf(em, byOwner.get(id) ?? [], page, { ...where, [owner]: id }));
  });
}

/** Everybody's orders. */
export async function allOrders(em: EntityManager, args: OrderListArgs): Promise<OrderConnection> {
  const page = pageFor(args);
  const where = whereOf(args.filter);
  return listOf(em, await fetchPages(em, page, [where]), page, where);
}

const pageFor = ({ sort, first, after }: OrderListArgs): Page => {
  const order = sort ?? 'PLACED_DESC';
  return pageOf({ first: first ?? null, after: after ?? null }, `orders:${order}`, SORTS[order]);
};

const listOf = (em: EntityManager, rows: readonly Order[], page: Page, where: Where): OrderConnection => ({
  ...connectionOf(rows, page),
  countTotal: () => rawCollection(em, OrderEntity).countDocuments(where),
});

async function fetchPages(em: EntityManager, page: Page, conditions: readonly Where[]): Promise<Order[]> {
  const [first = [], ...others] = conditions.map((where): Document[] => [
    { $match: { $and: [where, page.filter] } },
    { $sort: page.sort },
    { $limit: page.limit },
  ]);
  const { collectionName } = rawCollection(em, OrderEntity);
  const unions = others.map((pipeline) => ({ $unionWith: { coll: collectionName, pipeline } }));
  return aggregateRows(em, OrderEntity, [...first, ...unions], ORDER_FIELDS);
}

function whereOf(filter: OrderFilter | null | undefined): Where {
  const { status, paymentStatus, fulfilmentStatus, placedAt, updatedAt, numberPrefix } = filter ?? {};
  return {
    ...anyOf('status', status),
    ...anyOf('paymentStatus', paymentStatus),
    ...anyOf('fulfilmentStatus', fulfilmentStatus),
    ...within('placedAt', placedAt),
    ...within('updatedAt', updatedAt),
    ...(numberPrefix && { number: beginsWith(numberPrefix) }),
  };
}

/** No values, or none given: no condition. */
const anyOf = (field: string, values: readonly string[] | null | undefined) => (values?.length ? { [field]: { $in: [...values] } } : {});
const within = (field: string, range: Range | null | undefined) => (range ? { [field]: { $gte: range.from, $lt: range.to } } : {});

function beginsWith(prefix: string) {
  const typed = prefix.trim().toUpperCase();
  if (!/^[0-9A-Z-]{1,17}$/.test(typed)) {
    throw new DomainError('BAD_USER_INPUT', '"numberPrefix" must be the beginning of an order number, e.g. "20260822-7F".', {
      argument: 'filter.numberPrefix',
    });
  }
  return { $gte: typed, $lt: `${typed}~` };
}
