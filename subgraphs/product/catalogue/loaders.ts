import type { EntityManager } from '@mikro-orm/mongodb';
import { byArguments, manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Product, type ProductDetails, ProductVariant } from './entities.ts';

/** All that a list shows; the details and the search terms stay where they are. */
export const SUMMARY_FIELDS = [
  'merchantId',
  'slug',
  'title',
  'kind',
  'status',
  'isListed',
  'publishedAt',
  'brand',
  'categoryIds',
  'options',
  'media',
  'fulfilmentModes',
  'defaultVariantId',
  'prices',
  'ownCurrency',
  'ownPrice',
  'isInStock',
  'soldCount',
  'rating',
  'listing',
  'moderation',
  'createdAt',
  'updatedAt',
  'version',
] as const;

const VARIANT_FIELDS = [
  'productId',
  'merchantId',
  'sku',
  'position',
  'selectedOptions',
  'prices',
  'quantityRule',
  'mediaIds',
  'barcode',
  'weightGrams',
  'taxCategory',
  'requiresShipping',
  'isActive',
  'removedAt',
] as const;

export type ProductSummary = Pick<Product, (typeof SUMMARY_FIELDS)[number]> & { readonly id: string };
/** As a list has it, or as a page of its own has it, with the details at hand. */
export type ProductRow = ProductSummary & { readonly details?: ProductDetails };
export type VariantRow = Pick<ProductVariant, (typeof VARIANT_FIELDS)[number]> & { readonly id: string };

export const findVariants = (em: EntityManager, filter: object): Promise<VariantRow[]> =>
  findRows(em, ProductVariant, filter, VARIANT_FIELDS, { sort: { productId: 1, position: 1, _id: 1 } });

export function createLoaders(em: EntityManager) {
  const product = oneByKey<string, ProductRow>(
    (ids) => findRows(em, Product, { _id: { $in: [...ids] } }, SUMMARY_FIELDS),
    (row) => row.id,
  );
  const whole = async (filter: object): Promise<(ProductRow & { readonly details: ProductDetails })[]> => {
    const rows = await findRows(em, Product, filter, [...SUMMARY_FIELDS, 'details']);
    for (const row of rows) product.prime(row.id, row);
    return rows;
  };
  return {
    product,
    /** With its details, for a page of its own. */
    wholeProduct: oneByKey<string, ProductRow>(
      (ids) => whole({ _id: { $in: [...ids] } }),
      (row) => row.id,
    ),
    productBySlug: oneByKey<string, ProductRow>(
      (keys) => whole({ $or: keys.map((key) => ({ merchantId: key.slice(0, key.indexOf('/')), slug: key.slice(key.indexOf('/') + 1) })) }),
      (row) => `${row.merchantId}/${row.slug}`,
    ),
    productDetails: oneByKey(
      (ids: readonly string[]) => findRows(em, Product, { _id: { $in: [...ids] } }, ['details']),
      (row) => row.id,
    ),
    variant: oneByKey<string, VariantRow>(
      (ids) => findVariants(em, { _id: { $in: [...ids] } }),
      (row) => row.id,
    ),
    /** All variants of a product that were not taken out of it; `after` is a keyset condition. */
    variantsByProduct: byArguments((after: object) =>
      manyByKey<string, VariantRow>(
        (productIds) => findVariants(em, { productId: { $in: [...productIds] }, removedAt: null, ...after }),
        (row) => row.productId,
      ),
    ),
  };
}
