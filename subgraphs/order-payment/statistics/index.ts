import type { Noun } from '../noun.ts';
import { resolvers } from './resolvers.ts';

export const statistics: Noun = { entities: [], resolvers };
