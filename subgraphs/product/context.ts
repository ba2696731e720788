import type { RequestScope } from '#platform/subgraph.ts';
import { createLoaders as catalogueLoaders } from './catalogue/loaders.ts';
import { createLoaders as categoryLoaders } from './categories/loaders.ts';
import { createLoaders as inventoryLoaders } from './inventory/loaders.ts';
import { createLoaders as locationLoaders } from './locations/loaders.ts';

const createLoaders = ({ em }: RequestScope) => ({ ...categoryLoaders(em), ...locationLoaders(em), ...catalogueLoaders(em), ...inventoryLoaders(em) });

export const createContext = (scope: RequestScope) => ({ ...scope, loaders: createLoaders(scope) });

export type Context = ReturnType<typeof createContext>;

/** After a mutation: what the next one in the same document, or its payload, reads was not read before it. */
export function freshLoaders(context: Context): void {
  context.loaders = createLoaders(context);
}
