import type { Resolvers } from '../schema.generated.ts';
import { completeCart, giveBackCoupons, lockCart, unlockCart, useCoupons } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    cartLock: (_root, { input }, context) => lockCart(context, input),
    cartUnlock: (_root, { input }, context) => unlockCart(context, input),
    couponsUse: (_root, { input }, context) => useCoupons(context, input),
    couponsGiveBack: (_root, { input }, context) => giveBackCoupons(context, input),
    cartComplete: (_root, { input }, context) => completeCart(context, input),
  },
};
