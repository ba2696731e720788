import { invalidStateError, type UserErrorData } from '#platform/errors.ts';
import { signedIn } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { USER_TRANSITIONS } from '../accounts/domain.ts';
import { User } from '../accounts/entities.ts';
import type { Context } from '../context.ts';
import { isStaffRole, STAFF_ROLES } from '../domain.ts';
import { endSessions } from '../sessions/ending.ts';
import { ownAccount, ownRole, reasonProblem, unknownRole, userNotFound } from './domain.ts';

const refused = (error: UserErrorData) => ({ user: null, userErrors: [error] });
const answer = async ({ loaders }: Context, id: string) => ({ user: await loaders.user.clear(id).load(id), userErrors: [] });

interface StatusInput {
  readonly id: string;
  readonly reason: string;
}

/** Whoever could shut himself out might be the last who can let others in. */
export const suspendUser = async (context: Context, input: StatusInput) =>
  signedIn(context.identity).userId === input.id ? refused(ownAccount()) : changeStatus(context, input, 'SUSPEND');

export const reinstateUser = (context: Context, input: StatusInput) => changeStatus(context, input, 'REINSTATE');

async function changeStatus(context: Context, { id, reason }: StatusInput, transition: keyof typeof USER_TRANSITIONS) {
  const problem = reasonProblem(reason);
  if (problem) return refused(problem);
  const { from, to } = USER_TRANSITIONS[transition];
  const isChanged = await transaction(context.em, async (tx) => {
    const { matchedCount } = await rawCollection(tx, User).updateOne(
      { _id: id, status: { $in: from } },
      { $set: { status: to, statusReason: reason.trim() } },
      sessionOf(tx),
    );
    if (matchedCount > 0) await endSessions(tx, { userId: id });
    return matchedCount > 0;
  });
  if (isChanged) return answer(context, id);
  const current = await context.loaders.user.load(id);
  return refused(current ? invalidStateError(['id'], current.status, from) : userNotFound(['id']));
}

interface RoleInput {
  readonly userId: string;
  readonly role: string;
}

export async function assignRole(context: Context, { userId, role }: RoleInput) {
  if (!isStaffRole(role)) return refused(unknownRole(Object.keys(STAFF_ROLES)));
  const { matchedCount } = await rawCollection(context.em, User).updateOne({ _id: userId }, { $addToSet: { staffRoles: role } });
  return matchedCount > 0 ? answer(context, userId) : refused(userNotFound(['userId']));
}

export async function revokeRole(context: Context, { userId, role }: RoleInput) {
  if (!isStaffRole(role)) return refused(unknownRole(Object.keys(STAFF_ROLES)));
  if (signedIn(context.identity).userId === userId) return refused(ownRole());
  const isFound = await transaction(context.em, async (tx) => {
    const { matchedCount, modifiedCount } = await rawCollection(tx, User).updateOne(
      { _id: userId },
      [{ $set: { staffRoles: { $setDifference: ['$staffRoles', [role]] } } }],
      sessionOf(tx),
    );
    if (modifiedCount > 0) await endSessions(tx, { userId });
    return matchedCount > 0;
  });
  return isFound ? answer(context, userId) : refused(userNotFound(['userId']));
}
