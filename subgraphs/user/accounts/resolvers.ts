import { userIdOf } from '#platform/identity.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { maySeeAccount, registerUser, updateProfile } from './service.ts';
import type { User } from './sources.ts';

/** A field that the account's owner and staff see, and nobody else. */
const ownField =
  <K extends keyof User>(field: K) =>
  (user: User, _args: object, { identity }: Context): User[K] | null =>
    maySeeAccount(identity, user.id) ? user[field] : null;

export const accountResolvers = {
  Query: {
    me: (_root, _args, { identity, loaders }) => {
      const userId = userIdOf(identity);
      return userId === null ? null : loaders.user.load(userId);
    },
    displayNames: async (_root, { ids }, { loaders }) => (await Promise.all(ids.map((id) => loaders.user.load(id)))).map((user) => user?.displayName ?? null),
  },
  Mutation: {
    userRegister: (_root, { input }, context) => registerUser(context, input),
    profileUpdate: (_root, { input }, context) => updateProfile(context, input),
  },
  User: {
    __resolveReference: ({ id }, { loaders }) => loaders.user.load(id),
    avatarUrl: ({ avatarMediaId }, _args, { config }) => avatarMediaId && `${config.publicUrl}/media/${avatarMediaId}`,
    username: ownField('username'),
    email: ownField('email'),
    phone: ownField('phone'),
    locale: ownField('locale'),
    currency: ownField('currency'),
    timeZone: ownField('timeZone'),
    personalisationEnabled: ownField('personalisationEnabled'),
    createdAt: ownField('createdAt'),
  },
} satisfies Resolvers;
