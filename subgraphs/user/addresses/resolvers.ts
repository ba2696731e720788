import { maySeeAccount } from '../accounts/service.ts';
import type { Resolvers } from '../schema.generated.ts';
import { createAddress, deleteAddress, ownAddress, updateAddress } from './service.ts';

export const addressResolvers = {
  Query: {
    deliveryAddress: async (_root, { id }, context) => (await ownAddress(context, id))?.postalAddress ?? null,
  },
  Mutation: {
    addressCreate: (_root, { input }, context) => createAddress(context, input),
    addressUpdate: (_root, { input }, context) => updateAddress(context, input),
    addressDelete: (_root, { id }, context) => deleteAddress(context, id),
  },
  User: {
    addresses: ({ id }, _args, { identity, loaders }) => (maySeeAccount(identity, id) ? loaders.addressesByUser.load(id) : null),
  },
  Address: {
    __resolveReference: ({ id }, context) => ownAddress(context, id),
  },
} satisfies Resolvers;
