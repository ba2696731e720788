import type { Context } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { textIn } from '../texts.ts';
import { facetLabel, valueLabel } from './domain.ts';
import type { FacetValue } from './facets.ts';
import { searchCount, searchProducts, suggest } from './service.ts';

async function labelOf({ key, value, currency }: FacetValue, locale: string, { loaders }: Context): Promise<string> {
  if (key !== 'category') return valueLabel(key, value, currency, locale);
  const category = await loaders.category.load(value);
  return category ? textIn(category.name, locale) : value;
}

export const search = {
  Query: {
    productSearch: (_root, { input, ...args }, context) => searchProducts(context, input, args),
    searchSuggestions: (_root, { prefix, first }, context) => suggest(context, prefix, first ?? 8),
  },
  ProductSearchConnection: {
    edges: ({ edges, mostPoints }) => edges.map(({ cursor, node }) => ({ cursor, node, score: Math.min(1, node.points / mostPoints) })),
    facets: async ({ counts }) => [...(await counts()).facets],
    totalCount: async ({ counts }) => searchCount(await counts()),
  },
  Facet: {
    label: ({ key }, { locale }, { request }) => facetLabel(key, locale ?? request.locale),
    values: ({ values }) => [...values],
  },
  FacetValue: {
    label: (value, { locale }, context) => labelOf(value, locale ?? context.request.locale, context),
  },
} satisfies Resolvers;
