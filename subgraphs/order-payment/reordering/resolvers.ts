import type { Resolvers } from '../schema.generated.ts';
import { reorder } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    orderReorder: (_root, { orderId }, context) => reorder(context, orderId),
  },
};
