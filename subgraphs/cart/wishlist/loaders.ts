import type { EntityManager } from '@mikro-orm/mongodb';
import { byArguments, manyByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Wish } from './entities.ts';

export function createLoaders(em: EntityManager) {
  return {
    /** Of one user, which of some products are wished for. */
    wishesByProduct: byArguments((userId: string) =>
      manyByKey(
        (productIds: readonly string[]) => findRows(em, Wish, { userId, productId: { $in: [...productIds] } }, ['productId']),
        ({ productId }) => productId,
      ),
    ),
  };
}
