import { mayFor } from '#platform/identity.ts';
import type { Resolvers } from '../schema.generated.ts';
import { acceptInvitation, invitationsOf, inviteMember, removeMember } from './service.ts';

/** Users and merchants are never deleted: who is referred to is there. */
function present<T>(value: T | null, id: string): T {
  if (value === null) throw new Error(`${id} is referred to and missing`);
  return value;
}

export const memberResolvers = {
  Mutation: {
    merchantMemberInvite: (_root, { input }, context) => inviteMember(context, input),
    merchantInvitationAccept: (_root, { token }, context) => acceptInvitation(context, token),
    merchantMemberRemove: (_root, args, context) => removeMember(context, args),
  },
  Merchant: {
    members: ({ id, members }, _args, { identity }) => (mayFor(identity, id, 'merchant:team') ? [...members] : null),
  },
  User: {
    merchantInvitations: (user, _args, context) => invitationsOf(context, user),
  },
  MerchantMember: {
    user: async ({ userId }, _args, { loaders }) => present(await loaders.user.load(userId), userId),
  },
  MerchantInvitation: {
    merchant: async ({ merchantId }, _args, { loaders }) => present(await loaders.merchant.load(merchantId), merchantId),
  },
} satisfies Resolvers;
