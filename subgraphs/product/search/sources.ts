import type { Facet as CountedFacet, FacetValue as CountedValue } from './facets.ts';
import type { SearchResult } from './service.ts';

/** What the resolvers of each type start from. */
export type ProductSearchConnection = SearchResult;
export type Facet = CountedFacet;
export type FacetValue = CountedValue;
