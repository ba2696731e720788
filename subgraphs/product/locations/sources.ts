import type { LocationRow } from './loaders.ts';

/** What the resolvers of a location start from. */
export type Location = LocationRow;
