import { signedIn, userIdOf } from '#platform/identity.ts';
import { connectionOf, pageOf } from '#platform/pagination.ts';
import type { Resolvers } from '../schema.generated.ts';
import { isOpen } from './domain.ts';

export const resolvers = {
  Query: {
    myPendingReviews: async (_root, args, { identity, loaders }) => {
      const page = pageOf(args, 'pendingReviews', [{ field: 'reviewableUntil', direction: -1 }]);
      return connectionOf(await loaders.pendingLines(signedIn(identity).userId, new Date(), page), page);
    },
  },
  PendingReviewConnection: {
    edges: ({ edges }) => edges.map(({ cursor, node }) => ({ cursor, node: { id: node.id }, reviewableUntil: node.reviewableUntil })),
    nodes: ({ nodes }) => nodes.map(({ id }) => ({ id })),
  },
  OrderLine: {
    canReview: async ({ id }, _args, { identity, loaders }) => {
      const line = await loaders.deliveredLine.load(id);
      return line !== null && line.buyerId === userIdOf(identity) && isOpen(line, new Date());
    },
  },
} satisfies Resolvers;
