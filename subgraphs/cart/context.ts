import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders as createCartLoaders } from './carts/loaders.ts';
import { createLoaders as createCouponLoaders } from './coupons/loaders.ts';
import { taxTableOf } from './pricing/tax-rates.ts';
import { createLoaders as createShippingLoaders } from './shipping/loaders.ts';
import { createLoaders as createWishlistLoaders } from './wishlist/loaders.ts';

export function createContext(scope: RequestScope) {
  const { em, siblings, config } = scope;
  const earlier = { ...createShippingLoaders(em), ...createCouponLoaders(em) };
  return { ...scope, loaders: { ...earlier, ...createCartLoaders(em, siblings, taxTableOf(config.TAX_RATES), earlier), ...createWishlistLoaders(em) } };
}

export type Context = ReturnType<typeof createContext>;
