import { DomainError } from '#platform/errors.ts';
import type { Identity } from '#platform/identity.ts';
import type { Money } from '#platform/money.ts';
import { type Connection, connectionOf, type PageArgs, pageOf, type SortKey } from '#platform/pagination.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { isCatalogueStaff, seesUnpublished } from '../access.ts';
import type { ProductKind, ProductStatus } from './domain.ts';
import { Product } from './entities.ts';
import { type ProductRow, SUMMARY_FIELDS } from './loaders.ts';

export type ProductSort = 'NEWEST' | 'PRICE_ASC' | 'PRICE_DESC' | 'BEST_SELLING' | 'RATING_DESC';

export interface ProductFilter {
  readonly merchantId?: string | null | undefined;
  readonly categoryId?: string | null | undefined;
  readonly kind?: ProductKind | null | undefined;
  readonly priceMin?: Money | null | undefined;
  readonly priceMax?: Money | null | undefined;
  readonly inStockOnly?: boolean | null | undefined;
  readonly updatedAt?: { readonly from: Date; readonly to: Date } | null | undefined;
  readonly status?: ProductStatus | null | undefined;
}

export interface BrowseArgs extends PageArgs {
  readonly filter?: ProductFilter | null | undefined;
  readonly sort?: ProductSort | null | undefined;
}

export interface ProductList extends Connection<ProductRow> {
  /** Counts all that match, up to a limit beyond which it is null. */
  readonly count: () => Promise<number | null>;
}

/** Beyond this a count would cost more than the page it decorates. */
const MAX_COUNT = 100_000;

export async function browseProducts({ em, identity, request }: RequestScope, args: BrowseArgs, list = 'products'): Promise<ProductList> {
  const filter = args.filter ?? {};
  const currency = currencyOf(filter) ?? request.currency;
  const order = orderOf(args.sort ?? 'NEWEST', currency);
  const page = pageOf(args, `${list}:${order.name}`, order.keys);
  const matching = { ...visibilityFilter(filter, identity), ...contentFilter(filter), ...order.filter };
  const rows = await findRows(em, Product, { ...matching, ...page.filter }, SUMMARY_FIELDS, { sort: page.sort, limit: page.limit });
  return { ...connectionOf<ProductRow>(rows, page), count: () => countUpTo(rawCollection(em, Product).countDocuments(matching, { limit: MAX_COUNT + 1 })) };
}

const countUpTo = async (counting: Promise<number>): Promise<number | null> => {
  const count = await counting;
  return count > MAX_COUNT ? null : count;
};

/** What waits for staff, the longest waiting first. */
export async function pendingModeration({ em }: RequestScope, args: PageArgs): Promise<ProductList> {
  const page = pageOf(args, 'productsPendingModeration', [{ field: 'createdAt', direction: 1 }]);
  const matching = { status: 'PENDING_REVIEW' };
  const rows = await findRows(em, Product, { ...matching, ...page.filter }, SUMMARY_FIELDS, { sort: page.sort, limit: page.limit });
  return { ...connectionOf<ProductRow>(rows, page), count: () => rawCollection(em, Product).countDocuments(matching) };
}

/** Others than the merchant's own people and staff see what is for sale, whatever status they ask for. */
export function visibilityFilter({ merchantId, status }: ProductFilter, identity: Identity): Record<string, unknown> {
  const isOwn = merchantId != null && seesUnpublished(identity, merchantId);
  if (isOwn) return { status: status ?? { $ne: 'ARCHIVED' } };
  return status != null && isCatalogueStaff(identity) ? { status } : { isListed: true };
}

export function contentFilter({ merchantId, categoryId, kind, inStockOnly, updatedAt, priceMin, priceMax }: ProductFilter): Record<string, unknown> {
  const filter: Record<string, unknown> = {};
  if (merchantId != null) filter['merchantId'] = merchantId;
  if (categoryId != null) filter['categoryPath'] = categoryId;
  if (kind != null) filter['kind'] = kind;
  if (inStockOnly) filter['isInStock'] = true;
  if (updatedAt) filter['updatedAt'] = rangeOf(updatedAt);
  if (priceMin) filter[`prices.${priceMin.currency}.max`] = { $gte: priceMin.amount };
  if (priceMax) filter[`prices.${priceMax.currency}.min`] = { $lte: priceMax.amount };
  return filter;
}

function rangeOf({ from, to }: { from: Date; to: Date }): { $gte: Date; $lt: Date } {
  if (from >= to) throw new DomainError('BAD_USER_INPUT', '"filter.updatedAt.from" must be earlier than "to".', { argument: 'filter.updatedAt' });
  return { $gte: from, $lt: to };
}

/** The currency that the filter speaks of; null where it names none. */
export function currencyOf({ priceMin, priceMax }: ProductFilter): string | null {
  if (priceMin && priceMax) {
    if (priceMin.currency !== priceMax.currency)
      throw new DomainError('BAD_USER_INPUT', '"filter.priceMin" and "filter.priceMax" must have the same currency.', { argument: 'filter.priceMax' });
    if (priceMin.amount > priceMax.amount)
      throw new DomainError('BAD_USER_INPUT', '"filter.priceMin" must not be more than "filter.priceMax".', { argument: 'filter.priceMin' });
  }
  const negative = [priceMin, priceMax].some((price) => price && price.amount < 0);
  if (negative) throw new DomainError('BAD_USER_INPUT', '"filter.priceMin" and "filter.priceMax" must not be negative.', { argument: 'filter.priceMin' });
  return priceMin?.currency ?? priceMax?.currency ?? null;
}

interface Order {
  readonly name: string;
  readonly keys: readonly SortKey[];
  readonly filter: Record<string, unknown>;
}

/**
 * Prices of different currencies cannot be compared: a price order is of the products sold in one currency, or, where
 * none is named, by each product's own currency first.
 */
export function orderOf(sort: ProductSort, currency: string | null): Order {
  if (sort === 'PRICE_ASC' || sort === 'PRICE_DESC') {
    const direction = sort === 'PRICE_ASC' ? 1 : -1;
    if (currency === null)
      return {
        name: sort,
        keys: [
          { field: 'ownCurrency', direction },
          { field: 'ownPrice.min', direction },
        ],
        filter: {},
      };
    const field = `prices.${currency}.min`;
    return { name: `${sort}:${currency}`, keys: [{ field, direction }], filter: { $and: [{ [field]: { $exists: true } }] } };
  }
  return { name: sort, keys: COUNTED_ORDERS[sort], filter: {} };
}

const COUNTED_ORDERS: Readonly<Record<Exclude<ProductSort, 'PRICE_ASC' | 'PRICE_DESC'>, readonly SortKey[]>> = {
  NEWEST: [{ field: 'createdAt', direction: -1 }],
  BEST_SELLING: [{ field: 'soldCount', direction: -1 }],
  RATING_DESC: [
    { field: 'rating.average', direction: -1 },
    { field: 'rating.count', direction: -1 },
  ],
};
