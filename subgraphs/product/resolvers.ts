import { catalogue } from './catalogue/resolvers.ts';
import { categories } from './categories/resolvers.ts';
import { inventory } from './inventory/resolvers.ts';
import { listings } from './listings/resolvers.ts';
import { locations } from './locations/resolvers.ts';
import { media } from './media/resolvers.ts';
import type { Resolvers } from './schema.generated.ts';
import { search } from './search/resolvers.ts';

/** Each noun's fields of a type, together. */
function joined(...nouns: readonly Resolvers[]): object {
  const types: Record<string, object> = {};
  for (const noun of nouns) for (const [type, fields] of Object.entries(noun)) types[type] = { ...types[type], ...fields };
  return types;
}

export const resolvers = joined(listings, search, inventory, catalogue, locations, categories, media);
