import type { CategoryRow } from './loaders.ts';

/** What the resolvers of a category start from. */
export type Category = CategoryRow;
