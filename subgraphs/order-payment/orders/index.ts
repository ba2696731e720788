import type { Noun } from '../noun.ts';
import { couponJobs } from './coupons.ts';
import { GuestAccessFailures, Order, OrderGroup } from './entities.ts';
import { resolvers } from './resolvers.ts';
import { adoptGuestOrders } from './service.ts';
import { stockJobs } from './stock.ts';

export const orders: Noun = {
  entities: [OrderGroup, Order, GuestAccessFailures],
  resolvers,
  jobs: { ...stockJobs, ...couponJobs },
  consumes: {
    'guest.signed_in': (context, { data }) => adoptGuestOrders(context, { guestSessionId: String(data['guestSessionId']), userId: String(data['userId']) }),
  },
};
