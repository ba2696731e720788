import type { Subgraph } from '#platform/subgraph.ts';
import { Product, ProductVariant } from './catalogue/entities.ts';
import { countSales, followCategory, followMerchant, followRating } from './catalogue/events.ts';
import { STOCK_CHANGED } from './catalogue/writing.ts';
import { Category } from './categories/entities.ts';
import { CATEGORY_MOVED } from './categories/service.ts';
import { type Context, createContext } from './context.ts';
import { followLocation, refreshInStock } from './inventory/availability.ts';
import { InventoryLevel, Reservation, StockMovement, StockOperation } from './inventory/entities.ts';
import { Location } from './locations/entities.ts';
import { LOCATION_CHANGED } from './locations/service.ts';
import { Media } from './media/entities.ts';
import { mediaRoutes } from './media/http.ts';
import { prepareMediaStore } from './media/store.ts';
import { MerchantStanding } from './merchants/entities.ts';
import { resolvers } from './resolvers.ts';

/** Its nouns, each of which may import those after it: listings, search, inventory, catalogue, locations, categories, media, merchants. */
export const product = {
  name: 'product',
  directory: import.meta.dirname,
  entities: [InventoryLevel, StockMovement, Reservation, StockOperation, Product, ProductVariant, Location, Category, Media, MerchantStanding],
  resolvers,
  createContext,
  consumes: {
    'merchant.status_changed': followMerchant,
    'order.paid': countSales,
    'review.rating_changed': followRating,
  },
  jobs: {
    [STOCK_CHANGED]: ({ em }, { subjectId }) => refreshInStock(em, subjectId),
    [LOCATION_CHANGED]: ({ em }, { subjectId }) => followLocation(em, subjectId),
    [CATEGORY_MOVED]: ({ em }, { subjectId }) => followCategory(em, subjectId),
  },
  httpPrefixes: ['/media/'],
  http: mediaRoutes,
  prepare: prepareMediaStore,
} satisfies Subgraph<Context>;
