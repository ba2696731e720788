import type { EntityManager } from '@mikro-orm/mongodb';
import { z } from 'zod';
import { consumeOnce, type StoredEvent } from '#platform/outbox.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { Category } from '../categories/entities.ts';
import { isTrading, keepStanding } from '../merchants/service.ts';
import { Product } from './entities.ts';

const merchantStatusChanged = z.object({ merchantId: z.string(), slug: z.string(), name: z.string(), kind: z.string(), status: z.string() });

/** Goods of a merchant that does not trade leave the lists, and come back with it. */
export async function followMerchant({ em }: RequestScope, { data }: StoredEvent): Promise<void> {
  const standing = merchantStatusChanged.parse(data);
  await transaction(em, (tx) => keepStanding(tx, standing));
  const isListed = isTrading(standing.status);
  await rawCollection(em, Product).updateMany({ merchantId: standing.merchantId, status: 'ACTIVE', isListed: !isListed }, { $set: { isListed } });
}

const orderPaid = z.object({ lines: z.array(z.object({ productId: z.string(), quantity: z.number().int().positive() })) });

export async function countSales({ em }: RequestScope, { _id, data }: StoredEvent): Promise<void> {
  const { lines } = orderPaid.parse(data);
  const sold = [...Map.groupBy(lines, ({ productId }) => productId)].map(([productId, same]) => ({
    productId,
    quantity: same.reduce((total, { quantity }) => total + quantity, 0),
  }));
  if (sold.length === 0) return;
  await transaction(em, async (tx) => {
    if (!(await consumeOnce(tx, 'product.sales', _id))) return;
    await rawCollection(tx, Product).bulkWrite(
      sold
        .sort((a, b) => (a.productId < b.productId ? -1 : 1))
        .map(({ productId, quantity }) => ({ updateOne: { filter: { _id: productId }, update: { $inc: { soldCount: quantity } } } })),
      sessionOf(tx),
    );
  });
}

const ratingChanged = z.object({ productId: z.string(), count: z.number().int(), average: z.number().nullable() });

/** Events of one product come in order, so the last one stands. */
export async function followRating({ em }: RequestScope, { data }: StoredEvent): Promise<void> {
  const { productId, count, average } = ratingChanged.parse(data);
  await rawCollection(em, Product).updateOne({ _id: productId }, { $set: { rating: { average: average ?? 0, count } } });
}

const BATCH = 500;

/** A category moved: its products, and those of all below it, are found under its new ancestors. */
export async function followCategory(em: EntityManager, categoryId: string): Promise<void> {
  const categories = await findRows(em, Category, {}, ['path']);
  const withAncestors = new Map(categories.map(({ id, path }) => [id, [...path, id]]));
  for (let after = ''; ; ) {
    const rows = await findRows(em, Product, { categoryPath: categoryId, _id: { $gt: after } }, ['categoryIds'], { sort: { _id: 1 }, limit: BATCH });
    if (rows.length === 0) return;
    await rawCollection(em, Product).bulkWrite(
      rows.map(({ id, categoryIds }) => ({
        updateOne: {
          filter: { _id: id, categoryIds },
          update: { $set: { categoryPath: [...new Set(categoryIds.flatMap((own) => withAncestors.get(own) ?? []))] } },
        },
      })),
    );
    after = rows.at(-1)?.id ?? '';
  }
}
