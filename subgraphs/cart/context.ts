import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders as createCartLoaders } from './carts/loaders.ts';
import { createLoaders as createShippingLoaders } from './shipping/loaders.ts';
import { createLoaders as createWishlistLoaders } from './wishlist/loaders.ts';

export function createContext(scope: RequestScope) {
  const shipping = createShippingLoaders(scope.em);
  return { ...scope, loaders: { ...shipping, ...createCartLoaders(scope.em, scope.siblings, shipping), ...createWishlistLoaders(scope.em) } };
}

export type Context = ReturnType<typeof createContext>;
