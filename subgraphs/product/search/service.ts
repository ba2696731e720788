import { DomainError } from '#platform/errors.ts';
import { type Connection, connectionOf, type Page, type PageArgs, pageOf } from '#platform/pagination.ts';
import { aggregateRows, findRows } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { contentFilter, currencyOf, orderOf, type ProductFilter, type ProductSort } from '../catalogue/browse.ts';
import { Product } from '../catalogue/entities.ts';
import { type ProductRow, SUMMARY_FIELDS } from '../catalogue/loaders.ts';
import { type SearchWords, searchWordsOf, splitPrefix } from '../terms.ts';
import { textIn } from '../texts.ts';
import { COUNTED_UP_TO, type Counts, countFacets, type FacetInput, selectionMatches, selectionOf } from './facets.ts';

export interface SearchInput {
  readonly query: string;
  readonly facets?: readonly FacetInput[] | null | undefined;
  readonly filter?: ProductFilter | null | undefined;
  readonly sort?: ProductSort | 'RELEVANCE' | null | undefined;
}

export type Hit = ProductRow & { readonly points: number };

export interface SearchResult extends Connection<Hit> {
  /** The most points that a hit can have. */
  readonly mostPoints: number;
  /** Facets and total, counted when first asked for. */
  readonly counts: () => Promise<Counts>;
}

const MAX_QUERY = 200;
const TITLE_POINTS = 4;

export async function searchProducts({ em, request }: RequestScope, { query, facets, filter, sort }: SearchInput, args: PageArgs): Promise<SearchResult> {
  if (query.length > MAX_QUERY)
    throw new DomainError('BAD_USER_INPUT', `"query" may have at most ${MAX_QUERY} characters; it had ${query.length}.`, { argument: 'query' });
  const words = searchWordsOf(query);
  const currency = currencyOf(filter ?? {}) ?? request.currency;
  const selection = selectionOf(facets ?? [], currency);
  const { filter: ordered, ...order } = searchOrder(sort ?? 'RELEVANCE', currency);
  const page = pageOf(args, `search:${order.name}:${query}`, order.keys);
  const base = { isListed: true, ...contentFilter(filter ?? {}), ...wordFilter(query, words), ...ordered };
  const selected = selectionMatches(selection, currency);

  const hits = await aggregateRows<Product, (typeof SUMMARY_FIELDS)[number], Pick<Hit, 'points'>>(
    em,
    Product,
    [
      { $match: selected.length > 0 ? { $and: [base, ...selected] } : base },
      { $set: { points: pointsOf(words) } },
      ...afterCursor(page),
      { $sort: page.sort },
      { $limit: page.limit },
    ],
    [...SUMMARY_FIELDS, 'points'],
  );
  let counting: Promise<Counts> | null = null;
  return {
    ...connectionOf<Hit>(hits, page),
    mostPoints: Math.max(1, words.weighed.length * (TITLE_POINTS + 1)),
    counts: () => (counting ??= countFacets(em, base, selection, currency)),
  };
}

const afterCursor = ({ filter }: Page) => (Object.keys(filter).length > 0 ? [{ $match: filter }] : []);

function searchOrder(sort: ProductSort | 'RELEVANCE', currency: string | null) {
  if (sort !== 'RELEVANCE') return orderOf(sort, currency);
  return {
    name: sort,
    keys: [
      { field: 'points', direction: -1 as const },
      { field: 'soldCount', direction: -1 as const },
    ],
    filter: {},
  };
}

/** Every word must be found; a query of nothing but punctuation finds nothing. */
function wordFilter(query: string, { required }: SearchWords): Record<string, unknown> {
  if (query.trim() === '') return {};
  return required.length > 0 ? { 'search.all': { $all: required } } : { _id: { $in: [] } };
}

const pointsOf = ({ weighed }: SearchWords): object => {
  const found = (field: string) => ({ $size: { $setIntersection: [field, [...weighed]] } });
  return { $add: [{ $multiply: [found('$search.title'), TITLE_POINTS] }, found('$search.all')] };
};

export const searchCount = ({ total }: Counts) => ({ value: Math.min(total, COUNTED_UP_TO), isExact: total <= COUNTED_UP_TO });

const MAX_SUGGESTIONS = 20;

/** Titles with a word that begins as the last one typed, and with all those before it. */
export async function suggest({ em, request }: RequestScope, prefix: string, first: number): Promise<{ text: string; product: ProductRow }[]> {
  if (first < 1 || first > MAX_SUGGESTIONS)
    throw new DomainError('BAD_USER_INPUT', `"first" must be a whole number from 1 to ${MAX_SUGGESTIONS}; it was ${first}.`, { argument: 'first' });
  if (prefix.length > MAX_QUERY) throw new DomainError('BAD_USER_INPUT', `"prefix" may have at most ${MAX_QUERY} characters.`, { argument: 'prefix' });
  const { whole, begun } = splitPrefix(prefix);
  if (whole.length === 0 && begun === null) return [];
  const conditions = [
    ...whole.map((word) => ({ 'search.all': word, 'search.title': word })),
    ...(begun === null ? [] : [{ 'search.all': { $regex: `^${begun}` }, 'search.title': { $regex: `^${begun}` } }]),
  ];
  const rows = await findRows(em, Product, { isListed: true, $and: conditions }, SUMMARY_FIELDS, { sort: { soldCount: -1, _id: -1 }, limit: first * 2 });
  const byText = new Map<string, ProductRow>();
  for (const row of rows) {
    const text = textIn(row.title, request.locale);
    if (!byText.has(text)) byText.set(text, row);
  }
  return [...byText].slice(0, first).map(([text, product]) => ({ text, product }));
}
