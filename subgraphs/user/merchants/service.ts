import type { EntityManager } from '@mikro-orm/mongodb';
import type { Document } from 'mongodb';
import { invalidStateError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import { mayFor, signedIn } from '#platform/identity.ts';
import { publish } from '#platform/outbox.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { askOwnedMedia } from '../siblings.ts';
import { translate } from '../texts.ts';
import {
  type ApplyInput,
  applicationProblems,
  EDITABLE,
  MAX_MEMBERSHIPS,
  MERCHANT_TRANSITIONS,
  type MerchantTransition,
  membershipLimitReached,
  merchantNotFound,
  type RefundPolicyInput,
  type ReviewDecision,
  reasonProblem,
  searchWordsOf,
  slugTaken,
  type UpdateInput,
  updateProblems,
} from './domain.ts';
import { Merchant, type StoredRefundPolicy } from './entities.ts';

const refused = (...userErrors: UserErrorData[]) => ({ merchant: null, userErrors });

export async function applyAsMerchant(context: Context, input: ApplyInput) {
  const { userId } = signedIn(context.identity);
  const problems = applicationProblems(input);
  if (problems.length > 0) return refused(...problems);
  const documentMediaIds = [...new Set(input.documentMediaIds)];
  if ((await askOwnedMedia(context.siblings, documentMediaIds, 'MERCHANT_DOCUMENT')).length < documentMediaIds.length) {
    return refused(notFoundError(['input', 'documentMediaIds'], { en: 'A document', zh: '某份文件' }));
  }

  const [earlier] = await findRows(context.em, Merchant, { slug: input.slug }, ['members', 'status', 'refundPolicy'], { limit: 1 });
  const isResubmission = earlier?.status === 'REJECTED' && earlier.members.some((member) => member.userId === userId && member.role === 'OWNER');
  if (earlier && !isResubmission) return refused(slugTaken());
  if (!earlier && (await context.loaders.memberships.load(userId)).length >= MAX_MEMBERSHIPS) return refused(membershipLimitReached(['input']));

  const applied = {
    ...described(input.name),
    kind: input.kind,
    countryCode: input.countryCode,
    settlementCurrency: input.settlementCurrency,
    legalName: input.legalName.trim(),
    registrationNumber: input.registrationNumber?.trim() || null,
    documentMediaIds,
    refundPolicy: policyOf(input.refundPolicy, earlier?.refundPolicy, context.request.locale),
    application: { submittedAt: new Date(), reviewedAt: null, rejectionReasons: [] },
  };
  return earlier ? change(context, earlier.id, 'RESUBMIT', applied) : open(context, userId, input.slug, applied);
}

async function open(context: Context, userId: string, slug: string, applied: Omit<Opened, 'slug'>) {
  const status = 'UNDER_REVIEW' as const;
  const members = [{ userId, role: 'OWNER' as const, joinedAt: new Date() }];
  try {
    const id = await transaction(context.em, async (tx) => {
      const merchant = tx.create(Merchant, { ...applied, slug, status, statusReason: null, description: {}, logoMediaId: null, members, joinedAt: null });
      await tx.flush();
      await tellStatus(tx, merchant);
      return merchant.id;
    });
    return await answer(context, id);
  } catch (error) {
    if (isDuplicateKey(error)) return refused(slugTaken());
    throw error;
  }
}

type Opened = Pick<
  Merchant,
  | 'slug'
  | 'name'
  | 'searchWords'
  | 'kind'
  | 'countryCode'
  | 'settlementCurrency'
  | 'legalName'
  | 'registrationNumber'
  | 'documentMediaIds'
  | 'refundPolicy'
  | 'application'
>;

const described = (name: string) => ({ name: name.trim(), searchWords: searchWordsOf(name) });

const policyOf = ({ text, ...terms }: RefundPolicyInput, earlier: StoredRefundPolicy | undefined, locale: string): StoredRefundPolicy => ({
  ...terms,
  text: text === undefined ? (earlier?.text ?? {}) : translate(earlier?.text ?? {}, locale, text),
});

export async function reviewMerchant(context: Context, { id, decision, reason }: { id: string; decision: ReviewDecision; reason: string }) {
  const problem = reasonProblem(reason);
  if (problem) return refused(problem);
  const now = new Date();
  const changes: Record<ReviewDecision, Document> = {
    APPROVE: { 'application.reviewedAt': now, 'application.rejectionReasons': [], joinedAt: now },
    REJECT: { 'application.reviewedAt': now, 'application.rejectionReasons': [reason.trim()] },
    SUSPEND: {},
    REINSTATE: {},
    CLOSE: {},
  };
  return change(context, id, decision, { ...changes[decision], statusReason: reason.trim() });
}

/** The only way a merchant's status changes: one conditional update, told in the same transaction. */
async function change(context: Context, id: string, transition: MerchantTransition, changes: Document) {
  const { from, to } = MERCHANT_TRANSITIONS[transition];
  const isChanged = await transaction(context.em, async (tx) => {
    const row = await rawCollection(tx, Merchant).findOneAndUpdate(
      { _id: id, status: { $in: from } },
      { $set: { ...changes, status: to } },
      { returnDocument: 'after', ...sessionOf(tx) },
    );
    if (row) await tellStatus(tx, { id, slug: row['slug'], name: row['name'], kind: row['kind'], status: to });
    return row !== null;
  });
  if (isChanged) return answer(context, id);
  const current = await context.loaders.merchant.load(id);
  return refused(current ? invalidStateError(['input', 'decision'], current.status, from) : merchantNotFound(['input', 'id']));
}

const tellStatus = (tx: EntityManager, { id, slug, name, kind, status }: Pick<Merchant, 'id' | 'slug' | 'name' | 'kind' | 'status'>) =>
  publish(tx, { topic: 'merchant.status_changed', subjectId: id, data: { merchantId: id, slug, name, kind, status } });

export async function updateMerchant(context: Context, input: UpdateInput) {
  const { em, identity, loaders, request, siblings } = context;
  if (!mayFor(identity, input.id, 'merchant:write')) return refused(merchantNotFound(['input', 'id']));
  const problems = updateProblems(input);
  if (problems.length > 0) return refused(...problems);
  if (input.logoMediaId && (await askOwnedMedia(siblings, [input.logoMediaId], 'AVATAR')).length === 0) {
    return refused(notFoundError(['input', 'logoMediaId'], { en: 'The picture', zh: '该图片' }));
  }
  const current = await loaders.merchant.load(input.id);
  if (!current) return refused(merchantNotFound(['input', 'id']));

  const changes = {
    ...(input.name != null && described(input.name)),
    ...(input.description !== undefined && { description: translate(current.description, request.locale, input.description?.trim() || null) }),
    ...(input.logoMediaId !== undefined && { logoMediaId: input.logoMediaId }),
    ...(input.refundPolicy != null && { refundPolicy: policyOf(input.refundPolicy, current.refundPolicy, request.locale) }),
  };
  if (Object.keys(changes).length > 0) {
    const { matchedCount } = await rawCollection(em, Merchant).updateOne({ _id: input.id, status: { $in: EDITABLE } }, { $set: changes });
    if (matchedCount === 0) return refused(invalidStateError(['input', 'id'], current.status, EDITABLE));
  }
  return answer(context, input.id);
}

/** The merchant as it is now. */
async function answer({ loaders, wake }: Context, id: string) {
  wake();
  return { merchant: await loaders.merchant.clear(id).load(id), userErrors: [] };
}
