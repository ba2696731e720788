import type { Noun } from '../noun.ts';
import { DeliveredLine } from './entities.ts';
import { resolvers } from './resolvers.ts';
import { rememberDelivery } from './service.ts';

/** What was delivered to whom: who may review what. */
export const purchases: Noun = {
  entities: [DeliveredLine],
  resolvers,
  consumes: { 'order.delivered': rememberDelivery },
};
