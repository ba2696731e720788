import type { Resolvers } from '../schema.generated.ts';
import type { Context } from '../context.ts';
import { fundingOf } from './domain.ts';
import { createCoupon, disableCoupon, listCoupons, mayUseScope } from './service.ts';

export const resolvers: Resolvers = {
  Query: {
    coupon: (_root, { id }, context) => ownCoupon(context, id),
    coupons: (_root, args, context) => listCoupons(context, args),
  },
  Mutation: {
    couponCreate: (_root, { input }, context) => createCoupon(context, input),
    couponDisable: (_root, { id }, context) => disableCoupon(context, id),
  },
  Coupon: {
    __resolveReference: ({ id }, context) => ownCoupon(context, id),
    merchant: ({ merchantId }) => (merchantId === null ? null : { id: merchantId }),
    fundedBy: fundingOf,
  },
};

async function ownCoupon({ identity, loaders }: Context, id: string) {
  const coupon = await loaders.coupon.load(id);
  return coupon && mayUseScope(identity, coupon.merchantId, 'promotions:read') ? coupon : null;
}
