import type { Noun } from '../noun.ts';
import { resolvers } from './resolvers.ts';

/** What others do about a review: votes, reports, the seller's reply, moderation. */
export const responses: Noun = { entities: [], resolvers };
