import { resolvers as carts } from './carts/resolvers.ts';
import { resolvers as checkout } from './checkout/resolvers.ts';
import { resolvers as coupons } from './coupons/resolvers.ts';
import { resolvers as merging } from './merging/resolvers.ts';
import type { Resolvers } from './schema.generated.ts';
import { resolvers as reordering } from './reordering/resolvers.ts';
import { resolvers as shipping } from './shipping/resolvers.ts';
import { resolvers as wishlist } from './wishlist/resolvers.ts';

/** In the order in which the nouns may import each other: each only those before it. */
const nouns: readonly Resolvers[] = [shipping, coupons, carts, merging, reordering, checkout, wishlist];

/** One resolver map of all nouns: each may add fields to `Query`, `Mutation` and to any type. */
export const resolvers: Resolvers = joined();

function joined(): Resolvers {
  const types: Record<string, object> = {};
  for (const noun of nouns) for (const [type, fields] of Object.entries(noun)) types[type] = { ...types[type], ...fields };
  return types;
}
