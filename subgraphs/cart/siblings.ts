import type { Money } from '#platform/money.ts';
import type { Siblings } from '#platform/siblings.ts';
import type { Offer } from './carts/domain.ts';
import type { PostalAddress } from './shipping/domain.ts';

/** A variant as the product service sells it now; texts in the caller's language. */
export interface SellableVariant extends Offer {
  readonly title: string;
  readonly variantTitle: string | null;
  readonly sku: string;
  readonly imageUrl: string | null;
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly prices: readonly Money[];
  readonly taxCategory: string;
  readonly requiresShipping: boolean;
  readonly fulfilmentModes: readonly string[];
}

export interface PickupPoint {
  readonly locationId: string;
  readonly merchantId: string;
  readonly name: string;
  readonly address: { readonly countryCode: string };
}

const SELLABLE_VARIANTS = `query ($ids: [ID!]!) {
  sellableVariants(ids: $ids) {
    variantId productId merchantId title variantTitle sku imageUrl options { name value } prices { amount currency } taxCategory
    requiresShipping isSellable available minimum maximum increment fulfilmentModes
  }
}`;

export async function sellableVariants(siblings: Siblings, ids: readonly string[]): Promise<SellableVariant[]> {
  const answer = await siblings.ask<{ sellableVariants: (SellableVariant | null)[] }>('product', SELLABLE_VARIANTS, { ids });
  return answer.sellableVariants.filter((variant) => variant !== null);
}

const PICKUP_POINTS = 'query ($merchantIds: [ID!]!) { pickupPoints(merchantIds: $merchantIds) { locationId merchantId name address { countryCode } } }';

export const pickupPoints = async (siblings: Siblings, merchantIds: readonly string[]): Promise<PickupPoint[]> =>
  (await siblings.ask<{ pickupPoints: PickupPoint[] }>('product', PICKUP_POINTS, { merchantIds })).pickupPoints;

const DELIVERY_ADDRESS = `query ($id: ID!) {
  deliveryAddress(id: $id) { recipientName phone company countryCode region city district line1 line2 postalCode }
}`;

/** One of the caller's saved addresses; null for anybody else's. */
export const deliveryAddress = async (siblings: Siblings, id: string): Promise<PostalAddress | null> =>
  (await siblings.ask<{ deliveryAddress: PostalAddress | null }>('user', DELIVERY_ADDRESS, { id })).deliveryAddress;

const WISHED_PRODUCT = 'query ($id: ID!) { product(id: $id) { id priceRange { min { amount currency } } } }';

/** A product that the caller may see, and what it costs from; null for any other. */
export const wishedProduct = async (siblings: Siblings, id: string) =>
  (await siblings.ask<{ product: { readonly id: string; readonly priceRange: { readonly min: Money } } | null }>('product', WISHED_PRODUCT, { id })).product;
