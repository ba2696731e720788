import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders } from './loaders.ts';
import { createNodeLoaders } from './nodes/loaders.ts';

export function createContext(scope: RequestScope) {
  return { ...scope, loaders: { ...createLoaders(scope.em), ...createNodeLoaders(scope.siblings) } };
}

export type Context = ReturnType<typeof createContext>;
