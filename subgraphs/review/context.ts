import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders as purchaseLoaders } from './purchases/loaders.ts';
import { createLoaders as ratingLoaders } from './ratings/loaders.ts';
import { createLoaders as responseLoaders } from './responses/loaders.ts';
import { createLoaders as reviewLoaders } from './reviews/loaders.ts';

export function createContext(scope: RequestScope) {
  const { em, identity } = scope;
  return { ...scope, loaders: { ...purchaseLoaders(em), ...ratingLoaders(em), ...reviewLoaders(em), ...responseLoaders(em, identity) } };
}

export type Context = ReturnType<typeof createContext>;
