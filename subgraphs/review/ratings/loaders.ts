import type { EntityManager } from '@mikro-orm/mongodb';
import { oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { MerchantRating, ProductRating } from './entities.ts';

const TALLY = ['sum', 'count', 'verifiedCount', 'histogram'] as const;

export const createLoaders = (em: EntityManager) => ({
  productRating: oneByKey(
    (ids: readonly string[]) => findRows(em, ProductRating, { _id: { $in: [...ids] } }, TALLY),
    (rating) => rating.id,
  ),
  merchantRating: oneByKey(
    (ids: readonly string[]) => findRows(em, MerchantRating, { _id: { $in: [...ids] } }, TALLY),
    (rating) => rating.id,
  ),
});
