import { maySeeStock, seesUnpublished } from '../access.ts';
import type { VariantRow } from '../catalogue/loaders.ts';
import { type Context, freshLoaders } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { availableOf } from './domain.ts';
import type { LevelRow } from './loaders.ts';
import { findLevels } from './loaders.ts';
import { lowStockVariants } from './low-stock.ts';
import { releaseStock, reserveStock, restockStock, shipStock } from './reservations.ts';
import { sellableVariants } from './sellable.ts';
import { adjustInventory, setInventory, type StockOutcome } from './service.ts';

/** Up to here the public may know how many there are. */
const EXACT_UP_TO = 10;

async function payloadOf(context: Context, outcome: Promise<StockOutcome>) {
  const { levelIds, userErrors } = await outcome;
  freshLoaders(context);
  return { levels: userErrors.length > 0 ? null : await findLevels(context.em, { _id: { $in: levelIds } }), userErrors };
}

async function availableQuantity(variant: VariantRow, { loaders }: Context): Promise<number> {
  const levels = await loaders.levelsByVariant.load(variant.id);
  return availableOf(levels.filter(({ isActive }) => isActive));
}

async function shownQuantity(variant: VariantRow, context: Context): Promise<number | null> {
  const quantity = await availableQuantity(variant, context);
  return quantity <= EXACT_UP_TO || seesUnpublished(context.identity, variant.merchantId) ? quantity : null;
}

async function isForSale(variant: VariantRow, context: Context): Promise<boolean> {
  if (!variant.isActive || variant.removedAt != null) return false;
  const [quantity, product] = await Promise.all([availableQuantity(variant, context), context.loaders.product.load(variant.productId)]);
  return quantity >= variant.quantityRule.minimum && (product?.isListed ?? false);
}

async function locationOf({ locationId }: LevelRow, { loaders }: Context) {
  const location = await loaders.location.load(locationId);
  if (!location) throw new Error(`the location ${locationId} is gone`);
  return location;
}

const done = async (step: Promise<boolean>): Promise<{ done: boolean }> => ({ done: await step });

export const inventory = {
  Query: {
    sellableVariants: (_root, { ids }, context) => sellableVariants(context, ids),
  },
  Mutation: {
    inventoryAdjust: (_root, { input }, context) => payloadOf(context, adjustInventory(context, input)),
    inventorySet: (_root, { input }, context) => payloadOf(context, setInventory(context, input)),
    stockReserve: (_root, { input }, context) => reserveStock(context, input),
    stockRelease: (_root, { input }, context) => done(releaseStock(context, input)),
    stockShip: (_root, { input }, context) => done(shipStock(context, input)),
    stockRestock: (_root, { input }, context) => done(restockStock(context, input)),
  },
  Product: {
    availableForSale: ({ isListed, isInStock }) => isListed && isInStock,
  },
  ProductVariant: {
    availableForSale: (variant, _args, context) => isForSale(variant, context),
    availableQuantity: (variant, _args, context) => shownQuantity(variant, context),
    inventory: (variant, _args, { loaders, identity }) => (maySeeStock(identity, variant.merchantId) ? loaders.levelsByVariant.load(variant.id) : null),
  },
  Merchant: {
    lowStockVariants: ({ id }, args, context) => lowStockVariants(context, id, args),
  },
  InventoryLevel: {
    location: (level, _args, context) => locationOf(level, context),
  },
} satisfies Resolvers;
