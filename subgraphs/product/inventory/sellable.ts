import { DomainError } from '#platform/errors.ts';
import { money } from '#platform/money.ts';
import type { Context } from '../context.ts';
import type { ProductRow, VariantRow } from '../catalogue/loaders.ts';
import { mediaUrl } from '../media/domain.ts';
import { textIn } from '../texts.ts';
import { availableOf } from './domain.ts';
import type { LevelRow } from './loaders.ts';

const MAX_IDS = 1_000;

/** Three reads, however many variants. */
export async function sellableVariants(context: Context, ids: readonly string[]) {
  if (ids.length > MAX_IDS) throw new DomainError('BAD_USER_INPUT', `"ids" may have at most ${MAX_IDS} entries; it had ${ids.length}.`, { argument: 'ids' });
  const { loaders } = context;
  return Promise.all(
    ids.map(async (id) => {
      // Together: a promise that nobody waits for yet ends the process when it fails.
      const [levels, variant] = await Promise.all([loaders.levelsByVariant.load(id), loaders.variant.load(id)]);
      const product = variant && (await loaders.product.load(variant.productId));
      return variant && product ? describe(context, variant, product, levels) : null;
    }),
  );
}

function describe({ request, config }: Context, variant: VariantRow, product: ProductRow, levels: readonly LevelRow[]) {
  const picture = product.media.find(({ id, kind }) => kind === 'IMAGE' && (variant.mediaIds.length === 0 || variant.mediaIds.includes(id)));
  return {
    variantId: variant.id,
    productId: product.id,
    merchantId: product.merchantId,
    title: textIn(product.title, request.locale),
    variantTitle: variant.selectedOptions.map(({ value }) => value).join(' / ') || null,
    sku: variant.sku,
    imageUrl: picture ? mediaUrl(config.publicUrl, picture.id) : null,
    options: [...variant.selectedOptions],
    prices: variant.prices.map(({ amount, currency }) => money(amount, currency)),
    taxCategory: variant.taxCategory,
    requiresShipping: variant.requiresShipping,
    weightGrams: variant.weightGrams ?? null,
    isSellable: product.isListed && variant.isActive && variant.removedAt == null,
    available: availableOf(levels.filter(({ isActive }) => isActive)),
    ...variant.quantityRule,
    fulfilmentModes: [...product.fulfilmentModes],
    categoryIds: [...product.categoryIds],
  };
}
