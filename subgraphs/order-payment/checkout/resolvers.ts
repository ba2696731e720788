import { guestAccessToken } from '../orders/guest-access.ts';
import { ownGroup } from '../orders/visibility.ts';
import type { Resolvers } from '../schema.generated.ts';
import { checkout } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    checkout: (_root, { input }, context) => checkout(context, input),
  },
  CheckoutPayload: {
    orderGroup: ({ groupId }, _args, context) => (groupId === null ? null : ownGroup(context, groupId)),
    guestAccessToken: ({ groupId }, _args, { identity, config }) =>
      groupId === null || identity.kind !== 'guest' ? null : guestAccessToken(config.INTERNAL_AUTH_KEYS, groupId),
    cart: ({ cartId }) => (cartId === null ? null : { id: cartId }),
  },
};
