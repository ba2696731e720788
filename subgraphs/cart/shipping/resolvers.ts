import { mayFor } from '#platform/identity.ts';
import type { Resolvers } from '../schema.generated.ts';
import { upsertShippingRate } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    shippingRateUpsert: (_root, { input }, context) => upsertShippingRate(context, input),
  },
  Merchant: {
    __resolveReference: ({ id }) => ({ id }),
    shippingRates: ({ id }, _args, { identity, loaders }) => (mayFor(identity, id, 'shipping:read') ? loaders.shippingRatesByMerchant.load(id) : null),
  },
};
