import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { notFoundError, type Text, type UserErrorData, validationError, versionConflictError } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { findRows } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { isDuplicateKey, transaction } from '#platform/transaction.ts';
import { mayEditCatalogue } from '../access.ts';
import { slugTakenError } from '../categories/domain.ts';
import { currentStanding, keptStanding, needsReview } from '../merchants/service.ts';
import { type LocalizedText, localizedText, textIn } from '../texts.ts';
import { editedStatus, type ProductKind, slugOf } from './domain.ts';
import { type Listing, type MediaItem, Product, ProductVariant } from './entities.ts';
import { type DescriptionInput, descriptionProblems, mediaIdProblems } from './product-input.ts';
import { categoryPathOf, mediaItemsOf } from './references.ts';
import { type OptionInput, optionProblems, optionsOf, type VariantInput, variantProblems, variantValues } from './variant-input.ts';
import { editProduct, type ProductOutcome, refused, searchTermsOf, variantSummary } from './writing.ts';

/** A product before it is one. */
export interface ProductDraft extends DescriptionInput {
  readonly merchantId: string;
  readonly kind: ProductKind;
  readonly title: NonNullable<DescriptionInput['title']>;
  readonly categoryIds: readonly string[];
  readonly options?: readonly OptionInput[] | null | undefined;
  readonly variants: readonly VariantInput[];
  readonly fulfilmentModes: NonNullable<DescriptionInput['fulfilmentModes']>;
}

export interface ProductCreateInput extends ProductDraft {
  readonly idempotencyKey: string;
}

export async function createProduct(context: RequestScope, input: ProductCreateInput): Promise<ProductOutcome> {
  const { em, identity } = context;
  if (!mayEditCatalogue(identity, input.merchantId)) return refused(merchantNotFound());
  const outcome = await idempotent<ProductOutcome>({ em, identity, field: 'productCreate', key: input.idempotencyKey, args: input }, (complete) => {
    const problems = createProblems(input);
    return problems.length > 0 ? Promise.resolve(refused(...problems)) : insertProduct(context, input, null, complete);
  });
  return 'conflict' in outcome ? refused(outcome.conflict) : outcome.result;
}

const merchantNotFound = (): UserErrorData => notFoundError(['input', 'merchantId'], { en: 'The merchant', zh: '该商家' });

function createProblems(input: ProductCreateInput): UserErrorData[] {
  const options = optionsOf(input.options ?? []);
  return [
    ...(input.kind === 'C2C_LISTING'
      ? [validationError(['input', 'kind'], { en: 'A listing is made by listingCreate.', zh: '个人闲置请使用 listingCreate 发布。' }, 'KIND')]
      : []),
    ...descriptionProblems(input, input.kind),
    ...optionProblems(options),
    ...variantProblems(input.variants, options, input.mediaIds ?? []),
  ];
}

/** What is created beside the product, in its transaction. */
export type Beside = (tx: EntityManager, product: Product, variantIds: readonly string[]) => Promise<void>;

/** Writes a checked input; a slug or SKU that somebody else takes at the same moment is looked at again. */
export async function insertProduct(
  { em, identity, siblings }: RequestScope,
  input: ProductDraft,
  listing: Listing | null,
  complete: Complete<ProductOutcome>,
  beside?: Beside,
): Promise<ProductOutcome> {
  if (!(await currentStanding(em, siblings, input.merchantId))) return refused(merchantNotFound());
  const categories = await categoryPathOf(em, input.categoryIds, ['input', 'categoryIds']);
  if ('problems' in categories) return refused(...categories.problems);
  const media = await mediaItemsOf(em, identity, input.mediaIds ?? [], [], ['input', 'mediaIds']);
  if ('problems' in media) return refused(...media.problems);

  for (let attempt = 0; ; attempt += 1) {
    const problems = [...(await slugProblems(em, input)), ...(await skuProblems(em, input.merchantId, input.variants, []))];
    if (problems.length > 0) return refused(...problems);
    const slug = input.slug ?? (await freeSlug(em, input.merchantId, localizedText(input.title)));
    try {
      return await transaction(em, async (tx) => {
        const { product, variantIds } = build(tx, input, { slug, listing, categoryPath: categories.found, media: media.found });
        await tx.flush();
        await beside?.(tx, product, variantIds);
        const outcome: ProductOutcome = { productId: product._id, userErrors: [] };
        await complete(outcome, tx);
        return outcome;
      });
    } catch (error) {
      if (!isDuplicateKey(error) || attempt >= 3) throw error;
    }
  }
}

interface Resolved {
  readonly slug: string;
  readonly listing: Listing | null;
  readonly categoryPath: readonly string[];
  readonly media: readonly MediaItem[];
}

function build(tx: EntityManager, input: ProductDraft, { slug, listing, categoryPath, media }: Resolved): { product: Product; variantIds: string[] } {
  const { merchantId, kind, categoryIds, fulfilmentModes } = input;
  const id = newId('prod');
  const now = new Date();
  const variants = input.variants.map((variant, position) => ({
    _id: newId('var'),
    productId: id,
    merchantId,
    position,
    removedAt: null,
    ...variantValues(variant),
  }));
  const content = {
    title: localizedText(input.title),
    brand: input.brand?.trim() || null,
    details: {
      description: localizedText(input.description ?? []),
      attributes: (input.attributes ?? []).map(({ key, value }) => ({ key: key.trim(), value: value.trim() })),
    },
  };
  const product = tx.create(Product, {
    _id: id,
    createdAt: now,
    updatedAt: now,
    version: 1,
    merchantId,
    slug,
    ...content,
    kind,
    status: 'DRAFT',
    isListed: false,
    publishedAt: null,
    categoryIds,
    categoryPath,
    options: optionsOf(input.options ?? []),
    media,
    fulfilmentModes,
    ...variantSummary(variants.map((variant) => ({ id: variant._id, ...variant }))),
    isInStock: false,
    soldCount: 0,
    rating: { average: 0, count: 0 },
    listing,
    moderation: null,
    search: searchTermsOf(content),
  });
  for (const variant of variants) tx.create(ProductVariant, variant);
  return { product, variantIds: variants.map(({ _id }) => _id) };
}

async function slugProblems(em: EntityManager, { merchantId, slug }: { merchantId: string; slug?: string | null | undefined }): Promise<UserErrorData[]> {
  if (slug == null) return [];
  const [taken] = await findRows(em, Product, { merchantId, slug }, ['slug'], { limit: 1 });
  return taken ? [slugTakenError(['input', 'slug'])] : [];
}

async function freeSlug(em: EntityManager, merchantId: string, title: LocalizedText): Promise<string> {
  const base = slugOf(textIn(title, 'en')) || 'item';
  const [taken] = await findRows(em, Product, { merchantId, slug: base }, ['slug'], { limit: 1 });
  return taken ? `${base}-${newId('').slice(-8).toLowerCase()}` : base;
}

/** SKUs that the merchant has elsewhere; `ownIds` are the variants that may keep theirs. */
export async function skuProblems(
  em: EntityManager,
  merchantId: string,
  variants: readonly VariantInput[],
  ownIds: readonly string[],
): Promise<UserErrorData[]> {
  const skus = variants.map(({ sku }) => sku.trim());
  const rows = await findRows(em, ProductVariant, { merchantId, sku: { $in: skus }, _id: { $nin: [...ownIds] } }, ['sku']);
  const taken = new Set(rows.map(({ sku }) => sku));
  return skus.flatMap((sku, index) =>
    taken.has(sku)
      ? [validationError(['input', 'variants', index, 'sku'], { en: `The SKU ${sku} is in use in this shop.`, zh: `本店已使用 SKU ${sku}。` }, 'SKU_TAKEN')]
      : [],
  );
}

const changedAt = (at: Date): Text => ({
  en: `This was changed meanwhile, last at ${at.toISOString()}; read it again and retry.`,
  zh: `数据已被更改，最后更改于 ${at.toISOString()}，请重新读取后再试。`,
});

export interface ProductUpdateInput extends DescriptionInput {
  readonly id: string;
  readonly expectedUpdatedAt?: Date | null | undefined;
}

export function updateProduct(context: RequestScope, input: ProductUpdateInput): Promise<ProductOutcome> {
  return editProduct(context, input.id, ['input', 'id'], async (product, tx) => {
    const { expectedUpdatedAt } = input;
    if (expectedUpdatedAt && expectedUpdatedAt.getTime() !== product.updatedAt.getTime())
      return [versionConflictError(['input', 'expectedUpdatedAt'], product.version, changedAt(product.updatedAt))];
    const problems = descriptionProblems(input, product.kind);
    if (problems.length > 0) return problems;
    const categories = input.categoryIds ? await categoryPathOf(tx, input.categoryIds, ['input', 'categoryIds']) : null;
    if (categories && 'problems' in categories) return categories.problems;

    if (input.categoryIds && categories) {
      product.categoryIds = input.categoryIds;
      product.categoryPath = categories.found;
    }
    if (input.fulfilmentModes) product.fulfilmentModes = input.fulfilmentModes;
    if (describes(input)) {
      describe(product, input);
      await reviewAgain(tx, product);
    }
    return [];
  });
}

const describes = ({ title, description, brand, attributes }: ProductUpdateInput): boolean =>
  [title, description, brand, attributes].some((part) => part != null);

function describe(product: Product, { title, description, brand, attributes }: ProductUpdateInput): void {
  if (title) product.title = localizedText(title);
  if (brand != null) product.brand = brand.trim() || null;
  product.details = {
    description: description ? localizedText(description) : product.details.description,
    attributes: attributes ? attributes.map(({ key, value }) => ({ key: key.trim(), value: value.trim() })) : product.details.attributes,
  };
  product.search = searchTermsOf({ title: product.title, brand: product.brand ?? null, details: product.details });
}

/** What buyers see of an individual's goods was changed: staff look again before it is shown. */
async function reviewAgain(tx: EntityManager, product: Product): Promise<void> {
  const standing = await keptStanding(tx, product.merchantId);
  const status = editedStatus(product.status, product.kind === 'C2C_LISTING' || (standing !== null && needsReview(standing.kind)));
  if (status === product.status) return;
  product.status = status;
  product.isListed = false;
  product.moderation = status === 'PENDING_REVIEW' ? { state: 'PENDING', reason: null, reviewedAt: null } : (product.moderation ?? null);
}

export function setProductMedia(context: RequestScope, productId: string, mediaIds: readonly string[]): Promise<ProductOutcome> {
  return editProduct(context, productId, ['productId'], async (product, tx) => {
    const problems = mediaIdProblems(mediaIds, ['mediaIds']);
    if (problems.length > 0) return problems;
    const media = await mediaItemsOf(tx, context.identity, mediaIds, product.media, ['mediaIds']);
    if ('problems' in media) return media.problems;
    const isSame = media.found.every(({ id }) => product.media.some((item) => item.id === id));
    product.media = media.found;
    if (!isSame) await reviewAgain(tx, product);
    return [];
  });
}
