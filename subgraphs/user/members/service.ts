import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { invalidStateError, type UserErrorData } from '#platform/errors.ts';
import { type Identity, mayFor, signedIn, userIdOf } from '#platform/identity.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { keyOf } from '../accounts/domain.ts';
import { User } from '../accounts/entities.ts';
import type { User as UserRow } from '../accounts/sources.ts';
import type { Context } from '../context.ts';
import { type MerchantRole, mayGrant } from '../domain.ts';
import { EDITABLE, MAX_MEMBERSHIPS, membershipLimitReached, merchantNotFound } from '../merchants/domain.ts';
import { Merchant } from '../merchants/entities.ts';
import { alreadyMember, INVITATION_DAYS, invitationNotFound, lastOwner, MAX_MEMBERS, memberNotFound, roleNotGrantable, teamIsFull } from './domain.ts';
import { MerchantInvitation } from './entities.ts';

interface InviteInput {
  readonly merchantId: string;
  readonly email: string;
  readonly role: MerchantRole;
}

const refused = (error: UserErrorData) => ({ merchant: null, userErrors: [error] });
const answer = async ({ loaders }: Context, id: string) => ({ merchant: await loaders.merchant.clear(id).load(id), userErrors: [] });

/** What the caller may do for that merchant: the most he can hand on. */
const scopesFor = (identity: Identity, merchantId: string): readonly string[] =>
  identity.kind === 'staff' ? identity.scopes : (identity.memberships.find((membership) => membership.merchantId === merchantId)?.scopes ?? []);

export async function inviteMember(context: Context, { merchantId, email, role }: InviteInput) {
  const { em, identity, loaders } = context;
  const merchant = mayFor(identity, merchantId, 'merchant:team') ? await loaders.merchant.load(merchantId) : null;
  if (!merchant) return refused(merchantNotFound(['input', 'merchantId']));
  if (!EDITABLE.includes(merchant.status)) return refused(invalidStateError(['input', 'merchantId'], merchant.status, EDITABLE));
  if (!mayGrant(scopesFor(identity, merchantId), role)) return refused(roleNotGrantable(['input', 'role']));
  if (merchant.members.length >= MAX_MEMBERS) return refused(teamIsFull(['input', 'merchantId']));

  const emailKey = keyOf(email) ?? email;
  const [invited] = await findRows(em, User, { emailKey }, ['id'], { limit: 1 });
  if (merchant.members.some((member) => member.userId === invited?.id)) return refused(alreadyMember());
  await renewInvitation(em, { merchantId, emailKey, role });
  return answer(context, merchantId);
}

async function renewInvitation(em: EntityManager, { merchantId, emailKey, role }: { merchantId: string; emailKey: string; role: MerchantRole }): Promise<void> {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + INVITATION_DAYS * 24 * 3600 * 1000);
  const renew = () =>
    rawCollection(em, MerchantInvitation).updateOne(
      { merchantId, emailKey, isPending: true },
      { $set: { role, token: randomBytes(24).toString('base64url'), expiresAt }, $setOnInsert: { _id: newId('invite'), createdAt: now } },
      { upsert: true },
    );
  try {
    await renew();
  } catch (error) {
    // Two first invitations at once: the other one is there now and is renewed.
    if (!isDuplicateKey(error)) throw error;
    await renew();
  }
}

export async function acceptInvitation(context: Context, token: string) {
  const { em, identity, loaders } = context;
  const { userId } = signedIn(identity);
  const emailKey = keyOf((await loaders.user.load(userId))?.email);
  if (emailKey === null) return refused(invitationNotFound());

  const memberships = await loaders.memberships.load(userId);
  const outcome = await transaction(em, (tx) => join(tx, { token, emailKey, userId, hasRoom: memberships.length < MAX_MEMBERSHIPS }));
  return typeof outcome === 'string' ? answer(context, outcome) : refused(outcome);
}

/** The merchant that was joined, now or with the same token before; or why not. */
async function join(
  tx: EntityManager,
  { token, emailKey, userId, hasRoom }: { token: string; emailKey: string; userId: string; hasRoom: boolean },
): Promise<string | UserErrorData> {
  const [invitation] = await findRows(tx, MerchantInvitation, { token, emailKey }, ['merchantId', 'role', 'isPending', 'expiresAt'], { limit: 1 });
  const [merchant] = invitation ? await findRows(tx, Merchant, { _id: invitation.merchantId, status: { $in: [...EDITABLE] } }, ['members'], { limit: 1 }) : [];
  if (!invitation || !merchant) return invitationNotFound();
  const isMember = merchant.members.some((member) => member.userId === userId);
  if (!isMember && (!invitation.isPending || invitation.expiresAt <= new Date())) return invitationNotFound();
  if (!isMember && !hasRoom) return membershipLimitReached(['token']);
  if (!isMember && merchant.members.length >= MAX_MEMBERS) return teamIsFull(['token']);

  const joined = { userId, role: invitation.role, joinedAt: new Date() };
  await rawCollection(tx, Merchant).updateOne(
    { _id: merchant.id, 'members.userId': { $ne: userId } },
    [{ $set: { members: { $concatArrays: ['$members', [joined]] } } }],
    sessionOf(tx),
  );
  await rawCollection(tx, MerchantInvitation).updateOne({ _id: invitation.id }, { $set: { isPending: false } }, sessionOf(tx));
  return merchant.id;
}

export async function removeMember(context: Context, { merchantId, userId }: { merchantId: string; userId: string }) {
  const { em, identity, loaders } = context;
  const merchant = mayFor(identity, merchantId, 'merchant:team') ? await loaders.merchant.load(merchantId) : null;
  if (!merchant) return refused(merchantNotFound(['merchantId']));
  const member = merchant.members.find((candidate) => candidate.userId === userId);
  if (!member) return refused(memberNotFound());
  if (!mayGrant(scopesFor(identity, merchantId), member.role)) return refused(roleNotGrantable(['userId']));

  // One conditional update: of two owners who remove each other at once, one stays.
  const { modifiedCount } = await rawCollection(em, Merchant).updateOne(
    { _id: merchantId, members: { $elemMatch: { role: 'OWNER', userId: { $ne: userId } } } },
    [{ $set: { members: { $filter: { input: '$members', cond: { $ne: ['$$this.userId', member.userId] } } } } }],
  );
  return modifiedCount > 0 ? answer(context, merchantId) : refused(lastOwner());
}

/** Waiting for that user; an invitation is a secret of whom it is for. */
export function invitationsOf({ identity, loaders }: Context, { id, email }: UserRow) {
  const emailKey = keyOf(email);
  if (userIdOf(identity) !== id) return null;
  return emailKey === null ? [] : loaders.pendingInvitations.load(emailKey);
}
