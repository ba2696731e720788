import type { Resolvers } from '../schema.generated.ts';
import { completeCart, lockCart, unlockCart } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    cartLock: (_root, { input }, context) => lockCart(context, input),
    cartUnlock: (_root, { input }, context) => unlockCart(context, input),
    cartComplete: (_root, { input }, context) => completeCart(context, input),
  },
};
