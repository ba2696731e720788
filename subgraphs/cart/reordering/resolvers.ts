import type { Resolvers } from '../schema.generated.ts';
import { reorderInto } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    cartReorder: (_root, { input }, context) => reorderInto(context, input),
  },
};
