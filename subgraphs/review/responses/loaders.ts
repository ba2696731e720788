import type { EntityManager } from '@mikro-orm/mongodb';
import { type Identity, userIdOf } from '#platform/identity.ts';
import { oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { ReviewVote } from '../reviews/entities.ts';
import { responseId } from './domain.ts';

export const createLoaders = (em: EntityManager, identity: Identity) => ({
  /** The caller's own votes, by review. */
  ownVote: oneByKey(
    (reviewIds: readonly string[]) =>
      findRows(em, ReviewVote, { _id: { $in: reviewIds.map((reviewId) => responseId(reviewId, userIdOf(identity) ?? '')) } }, ['reviewId', 'vote']),
    (vote) => vote.reviewId,
  ),
});
