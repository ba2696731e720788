import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders } from './loaders.ts';

export function createContext(scope: RequestScope) {
  return { ...scope, loaders: createLoaders(scope.em) };
}

export type Context = ReturnType<typeof createContext>;
