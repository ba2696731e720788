import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import type { Rate } from './domain.ts';
import { ShippingRate } from './entities.ts';

const FIELDS = ['id', 'merchantId', 'title', 'countries', 'price', 'freeFrom', 'minDays', 'maxDays', 'enabled'] as const;

export function createLoaders(em: EntityManager) {
  return {
    shippingRatesByMerchant: manyByKey(
      (merchantIds: readonly string[]): Promise<readonly Rate[]> =>
        findRows(em, ShippingRate, { merchantId: { $in: [...merchantIds] } }, FIELDS, { sort: { _id: 1 } }),
      (rate) => rate.merchantId,
    ),
  };
}
