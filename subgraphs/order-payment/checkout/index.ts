import type { Noun } from '../noun.ts';
import { SWEEP_JOB, sweep } from './intents.ts';
import { resolvers } from './resolvers.ts';

export const checkout: Noun = { entities: [], resolvers, jobs: { [SWEEP_JOB]: sweep } };
