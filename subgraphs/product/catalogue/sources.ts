import type { LocalizedText } from '../texts.ts';
import type { ProductList } from './browse.ts';
import type { MediaItem, ProductDetails } from './entities.ts';
import type { ProductRow, VariantRow } from './loaders.ts';

/** What the resolvers of each type start from. */
export type Product = ProductRow;
export type ProductVariant = VariantRow;
export type ProductConnection = ProductList;
/** A medium with the title of its product, which describes it. */
export type ProductMedia = MediaItem & { readonly title: LocalizedText };
export type ProductAttribute = ProductDetails['attributes'][number];
