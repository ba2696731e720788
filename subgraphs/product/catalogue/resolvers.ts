import { DomainError } from '#platform/errors.ts';
import { type Money, money } from '#platform/money.ts';
import { connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { seesUnpublished } from '../access.ts';
import { type Context, freshLoaders } from '../context.ts';
import { type ImageFormat, MAX_SIDE, mediaUrl } from '../media/domain.ts';
import { merchantIdBySlug } from '../merchants/service.ts';
import type { Resolvers } from '../schema.generated.ts';
import { textIn } from '../texts.ts';
import { browseProducts, pendingModeration } from './browse.ts';
import { combinationKey, priceIn, type SelectedOption } from './domain.ts';
import type { ProductDetails } from './entities.ts';
import type { ProductRow, VariantRow } from './loaders.ts';
import { archiveProduct, moderateProduct, publishProduct, unpublishProduct } from './publishing.ts';
import { createProduct, setProductMedia, updateProduct } from './service.ts';
import type { ProductMedia } from './sources.ts';
import { setVariants } from './variants.ts';
import { isReferable, isVariantVisible, isVisible } from './visibility.ts';
import type { ProductOutcome } from './writing.ts';

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null);

export async function payloadOf(context: Context, outcome: Promise<ProductOutcome>) {
  const { productId, userErrors } = await outcome;
  freshLoaders(context);
  return { product: productId === null ? null : await context.loaders.product.load(productId), userErrors };
}

const visible = async (loading: Promise<ProductRow | null>, { identity }: Context): Promise<ProductRow | null> => {
  const product = await loading;
  return product && isVisible(product, identity) ? product : null;
};

async function visibleBySlug(context: Context, merchantSlug: string, slug: string): Promise<ProductRow | null> {
  const merchantId = await merchantIdBySlug(context.em, merchantSlug);
  return merchantId === null ? null : visible(context.loaders.productBySlug.load(`${merchantId}/${slug}`), context);
}

/** A variant with its product, where both may be seen. */
async function visibleVariant({ loaders, identity }: Context, id: string): Promise<VariantRow | null> {
  const variant = await loaders.variant.load(id);
  if (!variant || !isVariantVisible(variant, identity)) return null;
  const product = await loaders.product.load(variant.productId);
  return product && isVisible(product, identity) ? variant : null;
}

async function referredVariant({ loaders, identity }: Context, id: string): Promise<VariantRow | null> {
  const variant = await loaders.variant.load(id);
  const product = variant && (await loaders.product.load(variant.productId));
  return product && isReferable(product, identity) ? variant : null;
}

async function detailsOf(product: ProductRow, { loaders }: Context): Promise<ProductDetails | null> {
  return product.details ?? (await loaders.productDetails.load(product.id))?.details ?? null;
}

async function variantPage(product: ProductRow, args: PageArgs, { loaders, identity }: Context) {
  const page = pageOf(args, 'variants', [{ field: 'position', direction: 1 }], 50);
  const rows = await loaders.variantsByProduct(page.filter).load(product.id);
  return connectionOf(rows.filter((row) => isVariantVisible(row, identity)).slice(0, page.limit), page);
}

async function variantByOptions(product: ProductRow, selected: readonly SelectedOption[], { loaders, identity }: Context): Promise<VariantRow | null> {
  const wanted = combinationKey(selected);
  const rows = await loaders.variantsByProduct({}).load(product.id);
  return rows.find((row) => combinationKey(row.selectedOptions) === wanted && isVariantVisible(row, identity)) ?? null;
}

async function productOf(variant: VariantRow, { loaders }: Context): Promise<ProductRow> {
  const product = await loaders.product.load(variant.productId);
  if (!product) throw new Error(`${variant.id} has no product`);
  return product;
}

const mediaOf = ({ media, title }: ProductRow): ProductMedia[] => media.map((item) => ({ ...item, title }));

async function variantMedia(variant: VariantRow, context: Context): Promise<ProductMedia[]> {
  const all = mediaOf(await productOf(variant, context));
  return variant.mediaIds.length === 0 ? all : all.filter(({ id }) => variant.mediaIds.includes(id));
}

function priceRange({ prices, ownCurrency, ownPrice }: ProductRow, currency: string | null): { min: Money; max: Money } {
  const range = currency === null ? undefined : prices[currency];
  const [shown, shownCurrency] = range && currency !== null ? [range, currency] : [ownPrice, ownCurrency];
  return { min: money(shown.min, shownCurrency), max: money(shown.max, shownCurrency) };
}

function checkedSide(name: string, side: number | null | undefined): number | null {
  if (side != null && (side < 1 || side > MAX_SIDE))
    throw new DomainError('BAD_USER_INPUT', `"${name}" must be a whole number from 1 to ${MAX_SIDE}; it was ${side}.`, { argument: name });
  return side ?? null;
}

/** Videos have one size and one format. */
function mediaAddress({ id, kind }: ProductMedia, { width, height, format }: MediaArgs, publicUrl: string): string {
  const rendition = { width: checkedSide('width', width), height: checkedSide('height', height), format: format ?? null };
  return mediaUrl(publicUrl, id, kind === 'IMAGE' ? rendition : {});
}

interface MediaArgs {
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
  readonly format?: ImageFormat | null | undefined;
}

const readable = (key: string): string => `${key.charAt(0).toUpperCase()}${key.slice(1).replace(/[_-]+/g, ' ')}`;

export const catalogue = {
  Query: {
    product: (_root, { id }, context) => visible(context.loaders.wholeProduct.load(id), context),
    productBySlug: (_root, { merchantSlug, slug }, context) => visibleBySlug(context, merchantSlug, slug),
    productVariant: (_root, { id }, context) => visibleVariant(context, id),
    products: (_root, args, context) => browseProducts(context, args),
    productsPendingModeration: (_root, args, context) => pendingModeration(context, args),
  },
  Mutation: {
    productCreate: (_root, { input }, context) => payloadOf(context, createProduct(context, input)),
    productUpdate: (_root, { input }, context) => payloadOf(context, updateProduct(context, input)),
    productPublish: (_root, { id }, context) => payloadOf(context, publishProduct(context, id)),
    productUnpublish: (_root, { id }, context) => payloadOf(context, unpublishProduct(context, id)),
    productArchive: (_root, { id }, context) => payloadOf(context, archiveProduct(context, id)),
    productVariantsSet: (_root, { input }, context) => payloadOf(context, setVariants(context, input)),
    productMediaSet: (_root, { productId, mediaIds }, context) => payloadOf(context, setProductMedia(context, productId, mediaIds)),
    productModerate: (_root, { input }, context) => payloadOf(context, moderateProduct(context, input)),
  },
  Product: {
    __resolveReference: async ({ id }, { loaders, identity }) => {
      const product = await loaders.product.load(id);
      return product && isReferable(product, identity) ? product : null;
    },
    merchant: ({ merchantId }) => ({ id: merchantId }),
    title: ({ title }, { locale }, { request }) => textIn(title, locale ?? request.locale),
    description: async (product, { locale }, context) => {
      const details = await detailsOf(product, context);
      return details ? textIn(details.description, locale ?? context.request.locale) || null : null;
    },
    categories: async ({ categoryIds }, _args, { loaders }) => present(await Promise.all(categoryIds.map((id) => loaders.category.load(id)))),
    variants: (product, args, context) => variantPage(product, args, context),
    variantByOptions: (product, { selected }, context) => variantByOptions(product, selected, context),
    defaultVariant: ({ defaultVariantId }, _args, { loaders }) => loaders.variant.load(defaultVariantId),
    media: mediaOf,
    attributes: async (product, _args, context) => [...((await detailsOf(product, context))?.attributes ?? [])],
    priceRange: (product, _args, { request }) => priceRange(product, request.currency),
    unitsSold: ({ soldCount }) => soldCount,
    moderation: ({ merchantId, moderation }, _args, { identity }) => (seesUnpublished(identity, merchantId) ? moderation : null),
  },
  ProductAttribute: {
    label: ({ key }) => readable(key),
  },
  ProductMedia: {
    url: (item, args, { config }) => mediaAddress(item, args, config.publicUrl),
    altText: ({ title }, { locale }, { request }) => textIn(title, locale ?? request.locale),
  },
  ProductVariant: {
    __resolveReference: ({ id }, context) => referredVariant(context, id),
    merchant: ({ merchantId }) => ({ id: merchantId }),
    product: (variant, _args, context) => productOf(variant, context),
    title: async (variant, { locale }, context) =>
      variant.selectedOptions.length > 0
        ? variant.selectedOptions.map(({ value }) => value).join(' / ')
        : textIn((await productOf(variant, context)).title, locale ?? context.request.locale),
    media: (variant, _args, context) => variantMedia(variant, context),
    price: ({ prices }, _args, { request }) => priceIn(prices, request.currency),
    compareAtPrice: ({ prices }, _args, { request }) => {
      const { compareAtAmount, currency } = priceIn(prices, request.currency);
      return compareAtAmount === null ? null : money(compareAtAmount, currency);
    },
  },
  Category: {
    products: ({ id }, { filter, ...args }, context) => browseProducts(context, { ...args, filter: { ...filter, categoryId: id } }, `category:${id}`),
  },
  Merchant: {
    __resolveReference: ({ id }) => ({ id }),
    products: ({ id }, { filter, ...args }, context) => browseProducts(context, { ...args, filter: { ...filter, merchantId: id } }, `merchant:${id}`),
  },
  ProductConnection: {
    totalCount: ({ count }) => count(),
  },
} satisfies Resolvers;
