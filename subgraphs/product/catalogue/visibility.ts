import type { Identity } from '#platform/identity.ts';
import { seesUnpublished } from '../access.ts';
import type { ProductRow, VariantRow } from './loaders.ts';

/** In the shop: what is shown to everybody, and to its merchant everything. */
export const isVisible = (product: Pick<ProductRow, 'status' | 'merchantId'>, identity: Identity): boolean =>
  product.status === 'ACTIVE' || seesUnpublished(identity, product.merchantId);

/** By a reference: also what was shown once and is not any more, since orders and reviews speak of it. */
export const isReferable = (product: Pick<ProductRow, 'status' | 'merchantId' | 'publishedAt'>, identity: Identity): boolean =>
  isVisible(product, identity) || (product.publishedAt != null && (product.status === 'INACTIVE' || product.status === 'ARCHIVED'));

export const isVariantVisible = (variant: Pick<VariantRow, 'isActive' | 'removedAt' | 'merchantId'>, identity: Identity): boolean =>
  (variant.isActive && variant.removedAt == null) || seesUnpublished(identity, variant.merchantId);
