import type { Resolvers } from '../schema.generated.ts';
import { cancelOrder } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    orderCancel: (_root, { input }, context) => cancelOrder(context, input),
  },
};
