import type { Noun } from '../noun.ts';

export const payments: Noun = { entities: [], resolvers: {} };
