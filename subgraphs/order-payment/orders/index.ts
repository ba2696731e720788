import type { Noun } from '../noun.ts';
import { Order, OrderGroup } from './entities.ts';
import { resolvers } from './resolvers.ts';

export const orders: Noun = { entities: [OrderGroup, Order], resolvers };
