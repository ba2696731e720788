import { Product, ProductVariant } from '../../subgraphs/product/catalogue/entities.ts';
import { searchTermsOf, variantSummary } from '../../subgraphs/product/catalogue/writing.ts';
import { HOUR } from './calendar.ts';
import { categoryIdsOf, categoryPathOf } from './categories.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { mediaOf } from './pictures.ts';
import type { DemoProduct, DemoVariant } from './products.ts';
import { randomOf } from './random.ts';

/** What products know of what happened to them. */
export interface Records {
  readonly sold: ReadonlyMap<string, number>;
  readonly inStock: ReadonlySet<string>;
  readonly ratingOf: (productId: string) => { readonly average: number; readonly count: number };
}

export const catalogueDocuments = (demo: Demo, products: readonly DemoProduct[], records: Records): Written[] => [
  stored(
    'product',
    Product,
    products.map((product) => productDocument(demo, product, records)),
  ),
  stored(
    'product',
    ProductVariant,
    products.flatMap((product) => product.variants.map((variant) => variantDocument(demo, product, variant))),
  ),
];

const CONDITIONS = ['LIKE_NEW', 'GOOD', 'FAIR'] as const;

function productDocument({ calendar }: Demo, product: DemoProduct, { sold, inStock, ratingOf }: Records): Stored<Product> {
  const { id, merchant, noun, number, status, age } = product;
  const isListing = merchant.words.sells === 'C2C_LISTING';
  const wasShown = status === 'ACTIVE' || status === 'INACTIVE' || status === 'ARCHIVED';
  const content = {
    title: { ...product.title },
    brand: product.brand.en,
    details: { description: { ...product.description }, attributes: [...product.attributes] },
  };
  const publishedAt = wasShown ? calendar.before(age - HOUR) : null;
  const random = randomOf('listing', number);
  return {
    _id: id,
    createdAt: calendar.before(age),
    updatedAt: publishedAt ?? calendar.before(age),
    version: wasShown ? 2 : 1,
    merchantId: merchant.id,
    slug: product.slug,
    ...content,
    kind: merchant.words.sells,
    status,
    isListed: status === 'ACTIVE',
    publishedAt,
    categoryIds: categoryIdsOf(noun.categories),
    categoryPath: categoryPathOf(noun.categories),
    options: [...product.options],
    media: mediaOf(noun, number),
    fulfilmentModes: [...merchant.words.modes],
    ...variantSummary(product.variants.map((variant) => ({ id: variant.id, isActive: true, prices: variant.prices }))),
    isInStock: inStock.has(id),
    stockChecks: 0,
    soldCount: sold.get(id) ?? 0,
    rating: ratingOf(id),
    listing: isListing ? { condition: random.pick(CONDITIONS), acceptsOffers: random.chance(0.5), cityName: merchant.words.places[0]?.city ?? '' } : null,
    moderation: isListing ? moderationOf(status, publishedAt) : null,
    search: searchTermsOf(content),
  };
}

const moderationOf = (status: DemoProduct['status'], reviewedAt: Date | null): Stored<Product>['moderation'] =>
  status === 'PENDING_REVIEW' ? { state: 'PENDING', reason: null, reviewedAt: null } : reviewedAt && { state: 'APPROVED', reason: null, reviewedAt };

const variantDocument = ({ calendar }: Demo, { age, noun }: DemoProduct, variant: DemoVariant): Stored<ProductVariant> => ({
  _id: variant.id,
  createdAt: calendar.before(age),
  productId: variant.productId,
  merchantId: variant.merchant.id,
  sku: variant.sku,
  position: variant.position,
  selectedOptions: [...variant.selectedOptions],
  prices: [...variant.prices],
  quantityRule: { minimum: 1, maximum: null, increment: 1 },
  mediaIds: [],
  barcode: variant.barcode,
  weightGrams: variant.weightGrams,
  taxCategory: noun.tax,
  requiresShipping: variant.merchant.words.sells !== 'DIGITAL',
  isActive: true,
  removedAt: null,
});
