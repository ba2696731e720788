import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { InventoryLevel } from './entities.ts';

const FIELDS = ['variantId', 'locationId', 'productId', 'onHand', 'reserved', 'available', 'backorderable', 'isActive', 'version'] as const;

export type LevelRow = Awaited<ReturnType<typeof findLevels>>[number];

export const findLevels = (em: EntityManager, filter: object) => findRows(em, InventoryLevel, filter, FIELDS, { sort: { variantId: 1, locationId: 1 } });

export function createLoaders(em: EntityManager) {
  return {
    levelsByVariant: manyByKey(
      (variantIds: readonly string[]) => findLevels(em, { variantId: { $in: [...variantIds] } }),
      (level) => level.variantId,
    ),
  };
}
