import type { Noun } from '../noun.ts';
import { resolvers } from './resolvers.ts';

export const reordering: Noun = { entities: [], resolvers };
