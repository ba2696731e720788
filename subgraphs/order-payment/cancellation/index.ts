import type { Noun } from '../noun.ts';
import { resolvers } from './resolvers.ts';

export const cancellation: Noun = { entities: [], resolvers };
