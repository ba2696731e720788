import type { Subgraph } from '#platform/subgraph.ts';
import { Cart } from './carts/entities.ts';
import { Coupon, CouponUse } from './coupons/entities.ts';
import { type Context, createContext } from './context.ts';
import { resolvers } from './resolvers.ts';
import { CartMerge } from './merging/entities.ts';
import { guestSignIn } from './merging/events.ts';
import { mergeGuestCart } from './merging/service.ts';
import { ShippingRate } from './shipping/entities.ts';
import { Wish } from './wishlist/entities.ts';

export const cart = {
  name: 'cart',
  directory: import.meta.dirname,
  entities: [ShippingRate, Coupon, CouponUse, Cart, CartMerge, Wish],
  resolvers,
  createContext,
  consumes: {
    'guest.signed_in': async (context, event) => {
      await mergeGuestCart(context, guestSignIn(event.data));
    },
  },
} satisfies Subgraph<Context>;
