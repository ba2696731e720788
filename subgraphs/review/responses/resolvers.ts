import { userIdOf } from '#platform/identity.ts';
import { connectionOf, pageOf } from '#platform/pagination.ts';
import type { Resolvers } from '../schema.generated.ts';
import { deleteReply, moderateReview, replyToReview, reportReview, voteOnReview } from './service.ts';

export const resolvers = {
  Query: {
    reviewModerationQueue: async (_root, args, { loaders }) => {
      const page = pageOf(args, 'moderationQueue', [
        { field: 'reportCount', direction: -1 },
        { field: 'createdAt', direction: 1 },
      ]);
      return { ...connectionOf(await loaders.moderationQueue(page), page), countTotal: loaders.moderationQueueSize };
    },
  },
  Mutation: {
    reviewVote: (_root, { id, vote }, context) => voteOnReview(context, id, vote),
    reviewReport: (_root, { input }, context) => reportReview(context, input),
    reviewReply: (_root, { input }, context) => replyToReview(context, input),
    reviewReplyDelete: (_root, { reviewId }, context) => deleteReply(context, reviewId),
    reviewModerate: (_root, { input }, context) => moderateReview(context, input),
  },
  Review: {
    myVote: async ({ id }, _args, { loaders, identity }) => (userIdOf(identity) === null ? null : ((await loaders.ownVote.load(id))?.vote ?? 'NONE')),
    moderation: ({ moderationReason, reportCount, moderatedAt }) => ({ reason: moderationReason, reportCount, moderatedAt }),
  },
} satisfies Resolvers;
