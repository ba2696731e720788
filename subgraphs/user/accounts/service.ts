import { notFoundError } from '#platform/errors.ts';
import { type Identity, signedIn, userIdOf } from '#platform/identity.ts';
import { publish } from '#platform/outbox.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { askOwnedMedia } from '../siblings.ts';
import { contactProblem, displayNameProblem, keyOf, passwordProblem, termsProblem, usernameProblem, usernameTaken } from './domain.ts';
import { User } from './entities.ts';
import { hashPassword } from './passwords.ts';

interface RegisterInput {
  readonly username: string;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly password: string;
  readonly displayName?: string | null | undefined;
  readonly locale?: string | null | undefined;
  readonly acceptedTermsVersion: string;
}

/** A taken name is told, a taken address is not: that answer, and the time it takes, is that of a new account. */
export async function registerUser({ em, config, request }: Context, input: RegisterInput) {
  const problems = [
    usernameProblem(input.username),
    contactProblem(input),
    passwordProblem(['input', 'password'], input.password, input),
    input.displayName == null ? null : displayNameProblem(input.displayName),
    termsProblem(input.acceptedTermsVersion),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) return { verificationSent: false, userErrors: problems };

  const usernameKey = keyOf(input.username);
  const isTaken = async () => (await findRows(em, User, { usernameKey }, ['id'], { limit: 1 })).length > 0;
  if (await isTaken()) return { verificationSent: false, userErrors: [usernameTaken()] };

  em.create(User, {
    ...newUser(input.displayName ?? input.username, await hashPassword(input.password, config.BCRYPT_COST)),
    username: input.username,
    usernameKey,
    email: input.email ?? null,
    emailKey: keyOf(input.email),
    phone: input.phone ?? null,
    locale: input.locale ?? request.locale,
    acceptedTermsVersion: input.acceptedTermsVersion,
  });
  try {
    await em.flush();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    if (await isTaken()) return { verificationSent: false, userErrors: [usernameTaken()] };
  }
  return { verificationSent: false, userErrors: [] };
}

/** What every account begins with. */
export const newUser = (displayName: string, passwordHash: string) => ({
  username: null,
  usernameKey: null,
  email: null,
  emailKey: null,
  phone: null,
  passwordHash,
  configuredPasswordHash: null,
  ...named(displayName),
  avatarMediaId: null,
  locale: null,
  currency: null,
  timeZone: null,
  personalisationEnabled: true,
  acceptedTermsVersion: null,
  status: 'ACTIVE' as const,
  statusReason: null,
  staffRoles: [],
});

const named = (displayName: string) => ({ displayName: displayName.trim(), displayNameKey: displayName.trim().toLowerCase() });

interface ProfileInput {
  readonly displayName?: string | null | undefined;
  readonly avatarMediaId?: string | null | undefined;
  readonly locale?: string | null | undefined;
  readonly currency?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly personalisationEnabled?: boolean | null | undefined;
}

export async function updateProfile(context: Context, input: ProfileInput) {
  const { userId } = signedIn(context.identity);
  const { displayName, personalisationEnabled, ...clearable } = input;
  const problem = displayName === undefined ? null : displayNameProblem(displayName);
  if (problem) return { user: null, userErrors: [problem] };
  if (clearable.avatarMediaId && !(await ownsPicture(context, clearable.avatarMediaId))) {
    return { user: null, userErrors: [notFoundError(['input', 'avatarMediaId'], { en: 'The picture', zh: '该图片' })] };
  }

  const changes = { ...clearable, ...(displayName != null && named(displayName)), ...(personalisationEnabled != null && { personalisationEnabled }) };
  await transaction(context.em, async (tx) => {
    if (Object.keys(changes).length > 0) await rawCollection(tx, User).updateOne({ _id: userId }, { $set: changes }, sessionOf(tx));
    if (displayName != null) await publish(tx, { topic: 'user.profile_changed', subjectId: userId, data: { userId, displayName: displayName.trim() } });
  });
  context.wake();
  return { user: await context.loaders.user.clear(userId).load(userId), userErrors: [] };
}

const ownsPicture = async ({ siblings }: Context, id: string): Promise<boolean> => (await askOwnedMedia(siblings, [id], 'AVATAR')).length === 1;

/** What only the user and staff with `users:read` may see of an account. */
export const maySeeAccount = (identity: Identity, userId: string): boolean =>
  userIdOf(identity) === userId || (identity.kind === 'staff' && identity.scopes.includes('users:read'));
