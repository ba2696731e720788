import type { Noun } from '../noun.ts';

export const fulfilment: Noun = { entities: [], resolvers: {} };
