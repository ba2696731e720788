import type { Noun } from '../noun.ts';

export const refunds: Noun = { entities: [], resolvers: {} };
