import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import { schedule } from '#platform/jobs.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import { type Product, ProductVariant } from './entities.ts';
import { skuProblems } from './service.ts';
import { type OptionInput, optionProblems, optionsOf, type VariantInput, variantProblems, variantValues } from './variant-input.ts';
import { editProduct, type ProductOutcome, STOCK_CHANGED, variantSummary } from './writing.ts';

export interface ProductVariantsSetInput {
  readonly productId: string;
  readonly options?: readonly OptionInput[] | null | undefined;
  readonly variants: readonly VariantInput[];
}

/** The variants as they shall be; a SKU that somebody else takes at the same moment is looked at again. */
export async function setVariants(context: RequestScope, input: ProductVariantsSetInput): Promise<ProductOutcome> {
  const edit = () => editProduct(context, input.productId, ['input', 'productId'], (product, tx) => replaceVariants(tx, product, input));
  try {
    return await edit();
  } catch (error) {
    if (isDuplicateKey(error)) return edit();
    throw error;
  }
}

async function replaceVariants(tx: EntityManager, product: Product, input: ProductVariantsSetInput): Promise<UserErrorData[]> {
  const options = input.options ? optionsOf(input.options) : product.options;
  const problems = [
    ...optionProblems(options),
    ...variantProblems(
      input.variants,
      options,
      product.media.map(({ id }) => id),
    ),
  ];
  if (problems.length > 0) return problems;

  const present = await tx.find(ProductVariant, { productId: product._id });
  const matched = input.variants.map(
    (variant) => present.find((row) => (variant.id == null ? row.sku === variant.sku.trim() : row._id === variant.id)) ?? null,
  );
  const unknown = input.variants.flatMap(({ id }, index) =>
    id != null && !matched[index] ? [notFoundError(['input', 'variants', index, 'id'], { en: 'The variant', zh: '该规格' })] : [],
  );
  const ownIds = present.map(({ _id }) => _id);
  const refusals = [...unknown, ...(await skuProblems(tx, product.merchantId, input.variants, ownIds))];
  if (refusals.length > 0) return refusals;

  await freeSkus(tx, present, matched, input.variants);
  const kept = input.variants.map((variant, position) => {
    const row = matched[position];
    const values = { position, removedAt: null, ...variantValues(variant, row?.prices) };
    if (row) tx.assign(row, values);
    else tx.create(ProductVariant, { _id: newId('var'), productId: product._id, merchantId: product.merchantId, ...values });
    return row;
  });
  for (const row of present) {
    if (!kept.includes(row)) tx.assign(row, { isActive: false, removedAt: row.removedAt ?? new Date() });
  }
  await tx.flush();
  const rows = await tx.find(ProductVariant, { productId: product._id, removedAt: null }, { orderBy: { position: 1 } });
  product.options = options;
  Object.assign(product, variantSummary(rows.map(({ _id, isActive, prices }) => ({ id: _id, isActive, prices }))));
  await schedule(tx, { kind: STOCK_CHANGED, subjectId: product._id, runAt: new Date() });
  return [];
}

/** Variants may swap their SKUs: those that change give theirs up first, since the index looks at each write. */
async function freeSkus(
  tx: EntityManager,
  present: readonly ProductVariant[],
  matched: readonly (ProductVariant | null)[],
  inputs: readonly VariantInput[],
): Promise<void> {
  const wanted = new Set(inputs.map(({ sku }) => sku.trim()));
  const changing = present.filter((row) => {
    const index = matched.indexOf(row);
    return index >= 0 ? inputs[index]?.sku.trim() !== row.sku : wanted.has(row.sku);
  });
  if (changing.length === 0) return;
  for (const row of changing) row.sku = `${row.sku}#${row._id}`;
  await tx.flush();
}
