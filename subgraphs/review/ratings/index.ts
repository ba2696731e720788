import type { Noun } from '../noun.ts';
import { MerchantRating, ProductRating } from './entities.ts';
import { resolvers } from './resolvers.ts';

/** What reviews add up to. */
export const ratings: Noun = { entities: [ProductRating, MerchantRating], resolvers };
