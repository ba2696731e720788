import { DomainError } from '#platform/errors.ts';
import { connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { rawCollection } from '#platform/rows.ts';
import { maySeeStock } from '../access.ts';
import { ProductVariant } from '../catalogue/entities.ts';
import { findVariants } from '../catalogue/loaders.ts';
import type { Context } from '../context.ts';
import { InventoryLevel } from './entities.ts';

/** Null for whoever may not see the merchant's stock. */
export async function lowStockVariants({ em, identity }: Context, merchantId: string, { threshold, ...args }: PageArgs & { readonly threshold: number }) {
  if (threshold < 0) throw new DomainError('BAD_USER_INPUT', `"threshold" must be 0 or more; it was ${threshold}.`, { argument: 'threshold' });
  const page = pageOf(args, `lowStock:${merchantId}`, []);
  if (!maySeeStock(identity, merchantId)) return null;
  const open = { $filter: { input: '$levels', as: 'level', cond: '$$level.isActive' } };
  const ids = await rawCollection(em, ProductVariant)
    .aggregate<{ _id: string }>([
      { $match: { merchantId, isActive: true, removedAt: null, ...page.filter } },
      { $sort: { _id: 1 } },
      { $lookup: { from: em.getMetadata(InventoryLevel).collection, localField: '_id', foreignField: 'variantId', as: 'levels' } },
      { $project: { open } },
      { $match: { 'open.backorderable': { $ne: true } } },
      { $project: { available: { $sum: '$open.available' } } },
      { $match: { available: { $lte: threshold } } },
      { $limit: page.limit },
      { $project: { _id: 1 } },
    ])
    .toArray();
  const rows = ids.length === 0 ? [] : await findVariants(em, { _id: { $in: ids.map(({ _id }) => _id) } });
  return connectionOf(
    rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
    page,
  );
}
