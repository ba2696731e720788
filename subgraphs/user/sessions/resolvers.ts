import type { Resolvers } from '../schema.generated.ts';
import { maySeeAccount } from '../accounts/service.ts';
import { changePassword, createGuestSession, logIn, logOut, refreshTokens, revokeSession } from './service.ts';

const SHOWN_SESSIONS = 20;

export const sessionResolvers = {
  Mutation: {
    userLogin: (_root, { input }, context) => logIn(context, input),
    tokenRefresh: (_root, { input }, context) => refreshTokens(context, input),
    guestSessionCreate: (_root, _args, context) => createGuestSession(context),
    userLogout: (_root, { everywhere }, context) => logOut(context, everywhere),
    sessionRevoke: (_root, { sessionId }, context) => revokeSession(context, sessionId),
    passwordChange: (_root, { input }, context) => changePassword(context, input),
  },
  User: {
    sessions: async ({ id }, _args, { identity, loaders }) =>
      maySeeAccount(identity, id) ? (await loaders.liveSessions.load(id)).slice(0, SHOWN_SESSIONS) : null,
  },
  Session: {
    current: ({ id }, _args, { identity }) => id === identity.sessionId,
  },
} satisfies Resolvers;
