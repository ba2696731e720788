import type { Resolvers } from '../schema.generated.ts';
import { averageOf, summaryOf } from './domain.ts';

export const resolvers = {
  Product: {
    averageRating: async ({ id }, _args, { loaders }) => {
      const tally = await loaders.productRating.load(id);
      return tally && averageOf(tally);
    },
    ratingSummary: async ({ id }, _args, { loaders }) => summaryOf(await loaders.productRating.load(id)),
  },
  Merchant: {
    ratingSummary: async ({ id }, _args, { loaders }) => summaryOf(await loaders.merchantRating.load(id)),
  },
} satisfies Resolvers;
