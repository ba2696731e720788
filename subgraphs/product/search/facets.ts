import type { EntityManager } from '@mikro-orm/mongodb';
import type { Document } from 'mongodb';
import { DomainError } from '#platform/errors.ts';
import { rawCollection } from '#platform/rows.ts';
import { Product } from '../catalogue/entities.ts';
import { FACET_KEYS, type FacetKey, parseRange, priceRangesOf, rangeName, type Selection } from './domain.ts';

type Match = Record<string, unknown>;

const MAX_VALUES = 30;
const MAX_SELECTED = 50;
export const COUNTED_UP_TO = 10_000;

export interface FacetInput {
  readonly key: string;
  readonly values: readonly string[];
}

/** Reads what was selected; a facet that is not known is refused with those that are. */
export function selectionOf(inputs: readonly FacetInput[], currency: string | null): Selection {
  const selection = new Map<FacetKey, readonly string[]>();
  for (const { key, values } of inputs) {
    const known = FACET_KEYS.find((name) => name === key);
    if (!known)
      throw new DomainError('BAD_USER_INPUT', `"facets.key" must be one of ${FACET_KEYS.join(', ')}; it was "${key.slice(0, 40)}".`, { argument: 'facets' });
    if (values.length > MAX_SELECTED)
      throw new DomainError('BAD_USER_INPUT', `"facets.values" may have at most ${MAX_SELECTED} entries.`, { argument: 'facets' });
    if (known === 'price') checkRanges(values, currency);
    selection.set(known, [...new Set([...(selection.get(known) ?? []), ...values])]);
  }
  return selection;
}

function checkRanges(values: readonly string[], currency: string | null): void {
  if (currency === null)
    throw new DomainError('BAD_USER_INPUT', 'The facet "price" needs a currency: send "X-Currency", or priceMin or priceMax.', { argument: 'facets' });
  const wrong = values.find((value) => parseRange(value) === null);
  if (wrong !== undefined)
    throw new DomainError('BAD_USER_INPUT', `Values of the facet "price" look like "5000-10000" or "500000-"; one was "${wrong.slice(0, 40)}".`, {
      argument: 'facets',
    });
}

/** The condition that one facet's selected values are; the others of its table are how its values are counted. */
interface Definition {
  readonly match: (values: readonly string[], currency: string | null) => Match;
  readonly count: (currency: string | null) => Document[] | null;
}

const mostFrequent: Document[] = [{ $sort: { count: -1, _id: 1 } }, { $limit: MAX_VALUES }];
const grouped = (expression: unknown): Document => ({ $group: { _id: expression, count: { $sum: 1 } } });

const DEFINITIONS: Readonly<Record<FacetKey, Definition>> = {
  brand: {
    match: (values) => ({ brand: { $in: values } }),
    count: () => [{ $match: { brand: { $ne: null } } }, grouped('$brand'), ...mostFrequent],
  },
  category: {
    match: (values) => ({ categoryPath: { $in: values } }),
    count: () => [{ $unwind: '$categoryPath' }, grouped('$categoryPath'), ...mostFrequent],
  },
  kind: { match: (values) => ({ kind: { $in: values } }), count: () => [grouped('$kind'), ...mostFrequent] },
  price: {
    match: (values, currency) => ({ $or: values.map((value) => priceMatch(value, currency)) }),
    count: (currency) =>
      currency === null ? null : [{ $match: { [priceField(currency)]: { $exists: true } } }, priceBuckets(currency), { $sort: { _id: 1 } }],
  },
  availability: {
    match: (values) => ({ isInStock: { $in: [...(values.includes('in_stock') ? [true] : []), ...(values.includes('out_of_stock') ? [false] : [])] } }),
    count: () => [grouped({ $cond: ['$isInStock', 'in_stock', 'out_of_stock'] }), ...mostFrequent],
  },
};

const priceField = (currency: string): string => `prices.${currency}.min`;

function priceMatch(value: string, currency: string | null): Match {
  const range = parseRange(value);
  if (!range || currency === null) throw new Error('an unchecked price range');
  return { [priceField(currency)]: { $gte: range.from, ...(range.to !== null && { $lt: range.to }) } };
}

/** Counts by where each range begins. */
const priceBuckets = (currency: string): Document => ({
  $bucket: {
    groupBy: `$${priceField(currency)}`,
    boundaries: [...priceRangesOf(currency).map(({ from }) => from), Number.MAX_SAFE_INTEGER],
    output: { count: { $sum: 1 } },
  },
});

export const selectionMatches = (selection: Selection, currency: string | null, except?: FacetKey): Match[] =>
  [...selection].filter(([key, values]) => key !== except && values.length > 0).map(([key, values]) => DEFINITIONS[key].match(values, currency));

export interface FacetValue {
  readonly key: FacetKey;
  readonly currency: string | null;
  readonly value: string;
  readonly count: number;
  readonly selected: boolean;
}

export interface Facet {
  readonly key: FacetKey;
  readonly values: readonly FacetValue[];
}

export interface Counts {
  readonly facets: readonly Facet[];
  readonly total: number;
}

/** Every facet and the total in one command; each facet counts under what is selected in the others. */
export async function countFacets(em: EntityManager, base: Match, selection: Selection, currency: string | null): Promise<Counts> {
  const within = (except?: FacetKey): Document[] => {
    const matches = selectionMatches(selection, currency, except);
    return matches.length > 0 ? [{ $match: { $and: matches } }] : [];
  };
  const branches: Record<string, Document[]> = { total: [...within(), { $limit: COUNTED_UP_TO + 1 }, { $count: 'count' }] };
  for (const key of FACET_KEYS) {
    const stages = DEFINITIONS[key].count(currency);
    if (stages) branches[key] = [...within(key), ...stages];
  }
  const needed = { brand: 1, categoryPath: 1, kind: 1, isInStock: 1, ...(currency !== null && { [priceField(currency)]: 1 }) };
  const [counted = {}] = await rawCollection(em, Product)
    .aggregate([{ $match: base }, { $project: needed }, { $facet: branches }])
    .toArray();
  const facets = FACET_KEYS.filter((key) => key in branches).map((key) => ({ key, values: valuesOf(key, counted[key], selection.get(key) ?? [], currency) }));
  return { facets, total: Number(counted['total']?.[0]?.count ?? 0) };
}

function valuesOf(
  key: FacetKey,
  counted: readonly { _id: string | number; count: number }[],
  selected: readonly string[],
  currency: string | null,
): FacetValue[] {
  const names = new Map(key === 'price' && currency !== null ? priceRangesOf(currency).map((range) => [range.from, rangeName(range)]) : []);
  const values = counted.map(({ _id, count }) => ({ value: typeof _id === 'number' ? (names.get(_id) ?? String(_id)) : _id, count }));
  const missing = selected.filter((value) => values.every((present) => present.value !== value)).map((value) => ({ value, count: 0 }));
  return [...values, ...missing].map(({ value, count }) => ({ key, currency, value, count, selected: selected.includes(value) }));
}
