import type { Noun } from '../noun.ts';
import { COMPLETION_JOB, completeDueOrder } from './delivery.ts';
import { Shipment } from './entities.ts';
import { resolvers } from './resolvers.ts';

export const fulfilment: Noun = {
  entities: [Shipment],
  resolvers,
  jobs: { [COMPLETION_JOB]: completeDueOrder },
};
