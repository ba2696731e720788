import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import { publish } from '#platform/outbox.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { transaction } from '#platform/transaction.ts';
import { mayEditCatalogue } from '../access.ts';
import { termsOf } from '../terms.ts';
import type { LocalizedText } from '../texts.ts';
import { type Price, priceRanges, type ProductStatus, statusError } from './domain.ts';
import { Product, type ProductDetails, type SearchTerms } from './entities.ts';

/** What every mutation of one product comes to. */
export interface ProductOutcome {
  readonly productId: string | null;
  readonly userErrors: UserErrorData[];
}

export const refused = (...userErrors: UserErrorData[]): ProductOutcome => ({ productId: null, userErrors });

export const productNotFound = (path: readonly string[]): UserErrorData => notFoundError(path, { en: 'The product', zh: '该商品' });

/** The kind of job that looks anew whether a product is in stock; its subject is the product. */
export const STOCK_CHANGED = 'stock-changed';

/** What refuses an edit; null where there is nothing to do. */
export type Refusal = readonly UserErrorData[] | null;

/**
 * One edit of one product of the caller's, in one transaction with its event. `change` decides before it writes: what it
 * returns refuses the edit.
 */
export async function editProduct(
  { em, identity }: RequestScope,
  id: string,
  path: readonly string[],
  change: (product: Product, tx: EntityManager) => Promise<Refusal> | Refusal,
  isArchivedToo = false,
): Promise<ProductOutcome> {
  return transaction(em, async (tx) => {
    const product = await tx.findOne(Product, { _id: id });
    if (!product || !mayEditCatalogue(identity, product.merchantId)) return refused(productNotFound(path));
    if (product.status === 'ARCHIVED' && !isArchivedToo) return refused(statusError(path, 'ARCHIVED', 'ARCHIVED'));
    const before = product.status;
    const refusal = await change(product, tx);
    if (refusal === null) return { productId: product._id, userErrors: [] };
    if (refusal.length > 0) return refused(...refusal);
    touch(product);
    await tell(tx, product, before);
    return { productId: product._id, userErrors: [] };
  });
}

/** Later than before even within the same millisecond: `expectedUpdatedAt` must tell two edits apart. */
export function touch(product: Product): void {
  product.updatedAt = new Date(Math.max(Date.now(), product.updatedAt.getTime() + 1));
}

/** Others hear of what was shown before or is shown now. */
export async function tell(tx: EntityManager, product: Product, before: ProductStatus): Promise<void> {
  const { status, merchantId } = product;
  const verb = status === before ? 'updated' : status === 'ACTIVE' ? 'published' : status === 'ARCHIVED' ? 'archived' : 'updated';
  if (status !== 'ACTIVE' && before !== 'ACTIVE' && verb !== 'archived') return;
  await publish(tx, { topic: `product.${verb}`, subjectId: product._id, data: { productId: product._id, merchantId } });
}

interface Sellable {
  readonly id: string;
  readonly isActive: boolean;
  readonly prices: readonly Price[];
}

/** What lists show of a product's variants: of the active ones, or of all while none is active. */
export function variantSummary(variants: readonly Sellable[]) {
  const active = variants.filter(({ isActive }) => isActive);
  const shown = active.length > 0 ? active : variants;
  const { ownCurrency, prices } = priceRanges(shown);
  const ownPrice = prices[ownCurrency];
  const [first] = shown;
  if (!first || !ownPrice) throw new Error('a product without a variant');
  return { defaultVariantId: first.id, ownCurrency, ownPrice, prices };
}

const textsOf = (text: LocalizedText): string => Object.values(text).join('\n');

export function searchTermsOf(product: { readonly title: LocalizedText; readonly brand: string | null; readonly details: ProductDetails }): SearchTerms {
  const title = termsOf(`${textsOf(product.title)}\n${product.brand ?? ''}`);
  const further = termsOf(`${product.details.attributes.map(({ value }) => value).join('\n')}\n${textsOf(product.details.description)}`);
  return { title, all: [...new Set([...title, ...further])] };
}
