import type { Noun } from '../noun.ts';
import { Order, OrderGroup } from './entities.ts';
import { resolvers } from './resolvers.ts';
import { RELEASE_JOB, runRelease } from './stock.ts';

export const orders: Noun = {
  entities: [OrderGroup, Order],
  resolvers,
  jobs: { [RELEASE_JOB]: runRelease },
};
