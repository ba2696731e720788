import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { LocalizedText } from '../texts.ts';
import type { FulfilmentMode, ItemCondition, ModerationState, Price, ProductKind, ProductStatus, Range, SelectedOption } from './domain.ts';

export interface MediaItem {
  readonly id: string;
  readonly kind: 'IMAGE' | 'VIDEO';
  readonly width: number | null;
  readonly height: number | null;
}

export interface ProductOption {
  readonly name: string;
  readonly values: readonly { readonly name: string }[];
}

/** What a page of one product shows and a list does not. */
export interface ProductDetails {
  readonly description: LocalizedText;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

export interface Listing {
  readonly condition: ItemCondition;
  readonly acceptsOffers: boolean;
  readonly cityName: string;
}

export interface Moderation {
  readonly state: ModerationState;
  readonly reason: string | null;
  readonly reviewedAt: Date | null;
}

/** Words by which it is found; `title` counts more. */
export interface SearchTerms {
  readonly title: readonly string[];
  readonly all: readonly string[];
}

/** The currencies in which a list can be sorted by price without sorting in memory. */
const INDEXED_CURRENCIES = ['CNY', 'USD', 'EUR'];

type Keys = Record<string, 1 | -1>;

/** The orders of a list, each ending in the id so that pages never overlap. */
const ORDERS: readonly Keys[] = [
  { createdAt: -1, _id: -1 },
  { soldCount: -1, _id: -1 },
  { 'rating.average': -1, 'rating.count': -1, _id: -1 },
  { ownCurrency: 1, 'ownPrice.min': 1, _id: 1 },
];

/** An index over what is for sale only. */
function listed(prefix: Keys, keys: Keys, condition: object = {}): { options: [Keys, object] } {
  return { options: [{ ...prefix, ...keys }, { partialFilterExpression: { isListed: true, ...condition } }] };
}

function priceOrder(currency: string): { keys: Keys; condition: object } {
  const field = `prices.${currency}.min`;
  return { keys: { [field]: 1, _id: 1 }, condition: { [field]: { $exists: true } } };
}

const PRICE_ORDERS = INDEXED_CURRENCIES.map(priceOrder);

const ProductSchema = defineEntity({
  name: 'Product',
  properties: {
    ...baseProperties('prod'),
    updatedAt: p.datetime(),
    version: p.integer().version(),
    merchantId: p.string(),
    slug: p.string(),
    title: p.json<LocalizedText>(),
    kind: p.string().$type<ProductKind>(),
    status: p.string().$type<ProductStatus>(),
    /** Shown and for sale: ACTIVE, of a merchant that trades. */
    isListed: p.boolean(),
    /** Null until it was shown for the first time; from then on orders may refer to it. */
    publishedAt: p.datetime().nullable(),
    brand: p.string().nullable(),
    categoryIds: p.json<readonly string[]>(),
    /** The categories and all their ancestors: a product is found in each of them. */
    categoryPath: p.json<readonly string[]>(),
    options: p.json<readonly ProductOption[]>(),
    media: p.json<readonly MediaItem[]>(),
    fulfilmentModes: p.json<readonly FulfilmentMode[]>(),
    defaultVariantId: p.string(),
    /** Over the active variants, by currency. */
    prices: p.json<Readonly<Record<string, Range>>>(),
    ownCurrency: p.string(),
    ownPrice: p.json<Range>(),
    /** Some active variant is in stock or can be back-ordered; follows the stock within about a second. */
    isInStock: p.boolean(),
    /** Raised by each look at it, so that two looks at once meet in conflict. */
    stockChecks: p.integer().default(0),
    soldCount: p.integer(),
    rating: p.json<{ readonly average: number; readonly count: number }>(),
    listing: p.json<Listing>().nullable(),
    moderation: p.json<Moderation>().nullable(),
    details: p.json<ProductDetails>(),
    search: p.json<SearchTerms>(),
  },
  uniques: [{ properties: ['merchantId', 'slug'] }],
  indexes: [
    ...ORDERS.flatMap((keys) => [listed({}, keys), listed({ categoryPath: 1 }, keys)]),
    ...PRICE_ORDERS.flatMap(({ keys, condition }) => [listed({}, keys, condition), listed({ categoryPath: 1 }, keys, condition)]),
    listed({ 'search.all': 1 }, { _id: -1 }),
    { options: [{ merchantId: 1, createdAt: -1, _id: -1 }, {}] },
    { options: [{ categoryPath: 1, _id: 1 }, {}] },
    { options: [{ createdAt: 1, _id: 1 }, { partialFilterExpression: { status: 'PENDING_REVIEW' } }] },
  ],
});

export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);

export interface QuantityRule {
  readonly minimum: number;
  readonly maximum: number | null;
  readonly increment: number;
}

const ProductVariantSchema = defineEntity({
  name: 'ProductVariant',
  properties: {
    ...baseProperties('var'),
    productId: p.string(),
    merchantId: p.string(),
    sku: p.string(),
    /** Its place among the product's variants. */
    position: p.integer(),
    selectedOptions: p.json<readonly SelectedOption[]>(),
    /** One per currency; the first is its own. */
    prices: p.json<readonly Price[]>(),
    quantityRule: p.json<QuantityRule>(),
    mediaIds: p.json<readonly string[]>(),
    barcode: p.string().nullable(),
    weightGrams: p.integer().nullable(),
    taxCategory: p.string(),
    requiresShipping: p.boolean(),
    isActive: p.boolean(),
    /** Taken out of the product; kept since orders and stock refer to it. */
    removedAt: p.datetime().nullable(),
  },
  uniques: [{ properties: ['merchantId', 'sku'] }],
  indexes: [{ properties: ['productId', 'position'] }],
});

export class ProductVariant extends ProductVariantSchema.class {}
ProductVariantSchema.setClass(ProductVariant);
