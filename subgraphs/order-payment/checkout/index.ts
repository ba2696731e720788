import type { Noun } from '../noun.ts';

export const checkout: Noun = { entities: [], resolvers: {} };
