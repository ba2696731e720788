import type { EntityManager } from '@mikro-orm/mongodb';
import { findRows, rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { Product, ProductVariant } from '../catalogue/entities.ts';
import { Location } from '../locations/entities.ts';
import { InventoryLevel } from './entities.ts';

/**
 * Looks anew whether a product is in stock. The product is written first, with something new each time, so that of two
 * that look at once one repeats, and the last to write has seen the latest.
 */
export async function refreshInStock(em: EntityManager, productId: string): Promise<void> {
  await transaction(em, async (tx) => {
    const products = rawCollection(tx, Product);
    const known = await products.findOneAndUpdate({ _id: productId }, { $inc: { stockChecks: 1 } }, { ...sessionOf(tx), projection: { isInStock: 1 } });
    if (!known) return;
    const variants = await findRows(tx, ProductVariant, { productId, isActive: true, removedAt: null }, ['sku']);
    const [inStock] = await findRows(
      tx,
      InventoryLevel,
      { variantId: { $in: variants.map(({ id }) => id) }, isActive: true, $or: [{ available: { $gt: 0 } }, { backorderable: true }] },
      ['variantId'],
      { limit: 1 },
    );
    const isInStock = inStock !== undefined;
    if (known['isInStock'] !== isInStock) await products.updateOne({ _id: productId }, { $set: { isInStock } }, sessionOf(tx));
  });
}

/** A location opened or closed: what lies there is for sale, or not any more. */
export async function followLocation(em: EntityManager, locationId: string): Promise<void> {
  const [location] = await findRows(em, Location, { _id: locationId }, ['isActive']);
  if (!location) return;
  const levels = rawCollection(em, InventoryLevel);
  await levels.updateMany({ locationId }, { $set: { isActive: location.isActive } });
  for (const productId of await levels.distinct('productId', { locationId })) await refreshInStock(em, String(productId));
}
