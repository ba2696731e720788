import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Location } from './entities.ts';

const FIELDS = ['merchantId', 'name', 'address', 'geo', 'openingHours', 'timeZone', 'offersPickup', 'isActive'] as const;

export type LocationRow = Awaited<ReturnType<typeof locationsBy>>[number];

export const locationsBy = (em: EntityManager, filter: object, limit?: number) =>
  findRows(em, Location, filter, FIELDS, limit === undefined ? { sort: { _id: 1 } } : { limit });

export function createLoaders(em: EntityManager) {
  return {
    location: oneByKey(
      (ids: readonly string[]) => locationsBy(em, { _id: { $in: [...ids] } }),
      (location) => location.id,
    ),
    locationsByMerchant: manyByKey(
      (merchantIds: readonly string[]) => locationsBy(em, { merchantId: { $in: [...merchantIds] } }),
      (location) => location.merchantId,
    ),
  };
}
