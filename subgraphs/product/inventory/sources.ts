import type { LevelRow } from './loaders.ts';

/** What the resolvers of a level start from. */
export type InventoryLevel = LevelRow;
