import { findRows, rawCollection } from '#platform/rows.ts';
import { isDuplicateKey } from '#platform/transaction.ts';
import { keyOf } from '../accounts/domain.ts';
import { User } from '../accounts/entities.ts';
import { hashPassword, passwordMatches } from '../accounts/passwords.ts';
import { newUser } from '../accounts/service.ts';
import type { Context } from '../context.ts';
import { endSessions } from '../sessions/ending.ts';

/**
 * The account that the settings name exists, and is an administrator's. Its password is the one of the settings until it
 * is changed in the shop; a new one in the settings counts from the next start. Whoever had opened an account with that
 * address loses it to the operator.
 */
export async function ensureFirstStaffAccount({ em, config }: Context): Promise<void> {
  const emailKey = keyOf(config.STAFF_LOGIN);
  const [account] = await findRows(em, User, { emailKey }, ['configuredPasswordHash'], { limit: 1 });
  if (account?.configuredPasswordHash && (await passwordMatches(config.STAFF_PASSWORD, account.configuredPasswordHash, config.BCRYPT_COST))) return;

  const passwordHash = await hashPassword(config.STAFF_PASSWORD, config.BCRYPT_COST);
  const asConfigured = { passwordHash, configuredPasswordHash: passwordHash, status: 'ACTIVE' as const, staffRoles: ['admin' as const] };
  if (account) {
    await rawCollection(em, User).updateOne({ _id: account.id }, { $set: asConfigured });
    await endSessions(em, { userId: account.id });
    return;
  }
  em.create(User, { ...newUser('Staff', passwordHash), email: config.STAFF_LOGIN, emailKey, ...asConfigured });
  try {
    await em.flush();
  } catch (error) {
    // Another process of the same shop started at the same time and was first.
    if (!isDuplicateKey(error)) throw error;
  }
}
