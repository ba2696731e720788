import type { Subgraph } from '#platform/subgraph.ts';
import { User } from './accounts/entities.ts';
import { closePasswordThreads } from './accounts/passwords.ts';
import { Address } from './addresses/entities.ts';
import { type Context, createContext } from './context.ts';
import { MerchantInvitation } from './members/entities.ts';
import { Merchant } from './merchants/entities.ts';
import { resolvers } from './resolvers.ts';
import { LoginAttempts, RefreshToken, Session } from './sessions/entities.ts';
import { ensureFirstStaffAccount } from './staff/first-account.ts';

/** Its nouns, lowest first; each may import those before it: accounts, addresses, merchants, members, sessions, staff, nodes. */
export const user = {
  name: 'user',
  directory: import.meta.dirname,
  entities: [User, Address, Merchant, MerchantInvitation, Session, RefreshToken, LoginAttempts],
  resolvers,
  createContext,
  prepare: (runtime) => ensureFirstStaffAccount(runtime.systemContext()),
  close: closePasswordThreads,
} satisfies Subgraph<Context>;
