import type { Resolvers } from '../schema.generated.ts';
import { mergeCart, mergeGuestCart } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    cartMerge: (_root, { input }, context) => mergeCart(context, input),
    guestCartMerge: (_root, { input }, context) => mergeGuestCart(context, input),
  },
};
