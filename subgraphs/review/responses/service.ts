import { invalidStateError, notFoundError } from '#platform/errors.ts';
import { mayFor, signedIn } from '#platform/identity.ts';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { recordRating } from '../ratings/service.ts';
import { countedOf, textProblem } from '../reviews/domain.ts';
import { Review, ReviewReport, ReviewRevision, ReviewVote } from '../reviews/entities.ts';
import { accepted, REVIEW, refused } from '../reviews/service.ts';
import type { ReviewPayload } from '../sources.ts';
import { type Decision, MODERATION, ownReview, responseId, type Vote, voteChange } from './domain.ts';

const MAX_REPLY = 2_000;
const MAX_NOTE = 500;

/** The vote and the counter move together; who changes the review meanwhile makes this transaction run again. */
export async function voteOnReview({ em, identity }: Context, id: string, vote: Vote): Promise<ReviewPayload> {
  const voterId = signedIn(identity).userId;
  return transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: id, status: 'PUBLISHED' }, { fields: ['authorId'] });
    if (!review) return refused(notFoundError(['id'], REVIEW));
    if (review.authorId === voterId) return refused(ownReview(['id']));
    const key = { _id: responseId(id, voterId) };
    const votes = rawCollection(tx, ReviewVote);
    const earlier =
      vote === 'NONE'
        ? await votes.findOneAndDelete(key, sessionOf(tx))
        : await votes.findOneAndUpdate(key, { $set: { vote, reviewId: id } }, { upsert: true, returnDocument: 'before', ...sessionOf(tx) });
    const $inc = voteChange(earlier?.['vote'] ?? 'NONE', vote);
    if (Object.keys($inc).length > 0) await rawCollection(tx, Review).updateOne({ _id: id }, { $inc }, sessionOf(tx));
    return accepted(id);
  });
}

interface ReportInput {
  readonly id: string;
  readonly reason: string;
  readonly note?: string | null | undefined;
}

export async function reportReview({ em, identity }: Context, { id, reason, note }: ReportInput): Promise<ReviewPayload> {
  const reporterId = signedIn(identity).userId;
  const problem = textProblem(['input', 'note'], note ?? '', 0, MAX_NOTE);
  if (problem) return refused(problem);
  return transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: id, status: 'PUBLISHED' }, { fields: ['authorId'] });
    if (!review) return refused(notFoundError(['input', 'id'], REVIEW));
    if (review.authorId === reporterId) return refused(ownReview(['input', 'id']));
    const _id = responseId(id, reporterId);
    if (await tx.findOne(ReviewReport, { _id })) return accepted(id);
    tx.create(ReviewReport, { _id, reviewId: id, reporterId, reason, note: note?.trim() || null });
    await rawCollection(tx, Review).updateOne({ _id: id }, { $inc: { reportCount: 1 }, $set: { awaitsModeration: true } }, sessionOf(tx));
    return accepted(id);
  });
}

export async function replyToReview(
  { em, identity }: Context,
  { reviewId, body }: { readonly reviewId: string; readonly body: string },
): Promise<ReviewPayload> {
  const problem = textProblem(['input', 'body'], body, 1, MAX_REPLY);
  if (problem) return refused(problem);
  return transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: reviewId });
    if (!review || !mayFor(identity, review.merchantId, 'reviews:reply')) return refused(notFoundError(['input', 'reviewId'], REVIEW));
    if (review.status !== 'PUBLISHED') return refused(invalidStateError(['input', 'reviewId'], review.status, ['PUBLISHED']));
    const now = new Date();
    const { reply } = review;
    if (reply) tx.create(ReviewRevision, { reviewId, part: 'REPLY', content: { ...reply } });
    review.reply = { body: body.trim(), repliedAt: reply?.repliedAt ?? now, editedAt: reply ? now : null };
    return accepted(reviewId);
  });
}

export async function deleteReply({ em, identity }: Context, reviewId: string): Promise<ReviewPayload> {
  return transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: reviewId });
    if (!review || !mayFor(identity, review.merchantId, 'reviews:reply')) return refused(notFoundError(['reviewId'], REVIEW));
    if (review.reply) tx.create(ReviewRevision, { reviewId, part: 'REPLY', content: { ...review.reply } });
    review.reply = null;
    return accepted(reviewId);
  });
}

interface ModerateInput {
  readonly id: string;
  readonly decision: Decision;
  readonly reason: string;
}

export async function moderateReview({ em, identity, wake }: Context, { id, decision, reason }: ModerateInput): Promise<ReviewPayload> {
  const moderatorId = signedIn(identity).userId;
  const problem = textProblem(['input', 'reason'], reason, 1, MAX_NOTE);
  if (problem) return refused(problem);
  const { from, to } = MODERATION[decision];
  const payload = await transaction(em, async (tx) => {
    const review = await tx.findOne(Review, { _id: id });
    if (!review) return refused(notFoundError(['input', 'id'], REVIEW));
    if (review.status !== from) return refused(invalidStateError(['input', 'id'], review.status, [from]));
    const before = countedOf(review);
    review.status = to;
    review.awaitsModeration = false;
    review.moderationReason = reason.trim();
    review.moderatedAt = new Date();
    review.moderatedBy = moderatorId;
    await recordRating(tx, review, before, countedOf(review));
    return accepted(id);
  });
  wake();
  return payload;
}
