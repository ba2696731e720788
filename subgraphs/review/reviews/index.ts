import type { Noun } from '../noun.ts';
import { renameAuthor, withdrawVerification } from './consumers.ts';
import { Review, ReviewReport, ReviewRevision, ReviewVote } from './entities.ts';
import { resolvers } from './resolvers.ts';

/** What buyers say. */
export const reviews: Noun = {
  entities: [Review, ReviewRevision, ReviewVote, ReviewReport],
  resolvers,
  consumes: { 'order.line_refunded': withdrawVerification, 'user.profile_changed': renameAuthor },
};
