import { payloadOf } from '../catalogue/resolvers.ts';
import type { Resolvers } from '../schema.generated.ts';
import { createListing } from './service.ts';

export const listings = {
  Mutation: {
    listingCreate: (_root, { input }, context) => payloadOf(context, createListing(context, input)),
  },
} satisfies Resolvers;
