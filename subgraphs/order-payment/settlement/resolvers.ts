import { type Identity, mayFor } from '#platform/identity.ts';
import { money } from '#platform/money.ts';
import type { Resolvers } from '../schema.generated.ts';
import { visibleOrder } from '../orders/visibility.ts';
import { readableRefund } from '../refunds/access.ts';
import { adjustBalance } from './adjustments.ts';
import { eligibility } from './eligibility.ts';
import { payoutsInState } from './lists.ts';
import { recordPayout } from './outcomes.ts';
import { runPayouts } from './payouts.ts';
import { rateAt, setCommission } from './terms.ts';

const mayRead = (identity: Identity, merchantId: string): boolean => mayFor(identity, merchantId, 'merchant:payouts');

export const resolvers: Resolvers = {
  Query: {
    payouts: (_root, args, { em }) => payoutsInState(em, args),
  },
  Mutation: {
    payoutRun: (_root, { input }, context) => runPayouts(context, input),
    payoutRecord: (_root, { input }, context) => recordPayout(context, input),
    balanceAdjust: (_root, { input }, context) => adjustBalance(context, input),
    merchantCommissionSet: async (_root, { input }, context) => {
      const { merchantId, userErrors } = await setCommission(context, input);
      return { merchant: merchantId === null ? null : { id: merchantId }, userErrors };
    },
  },
  Order: {
    settlement: ({ id, merchantId }, _args, { loaders, identity }) => (mayRead(identity, merchantId) ? loaders.orderSettlement.load(id) : null),
  },
  Merchant: {
    balances: ({ id }, _args, { loaders, identity }) => (mayRead(identity, id) ? loaders.balancesByMerchant.load(id) : null),
    commissionRateBps: async ({ id }, _args, { loaders, identity, config }) =>
      mayRead(identity, id) ? (rateAt((await loaders.commissionTerms.load(id))?.rates ?? [], new Date()) ?? config.COMMISSION_RATE_BPS) : null,
    ledger: ({ id }, args, { loaders, identity }) => (mayRead(identity, id) ? loaders.ledgerByMerchant(args).load(id) : null),
    payouts: ({ id }, args, { loaders, identity }) => (mayRead(identity, id) ? loaders.payoutsByMerchant(args).load(id) : null),
    payoutEligibility: (merchant, _args, context) => (mayRead(context.identity, merchant.id) ? eligibility(context, merchant) : null),
  },
  OrderSettlement: {
    gross: ({ gross, currency }) => money(gross, currency),
    commission: ({ commission, commissionReversed, currency }) => money(commission - commissionReversed, currency),
    paymentFee: ({ paymentFee, currency }) => money(paymentFee, currency),
    platformDiscount: ({ platformDiscount, platformDiscountReversed, currency }) => money(platformDiscount - platformDiscountReversed, currency),
    refunds: ({ refunded, currency }) => money(refunded, currency),
    net: ({ net, currency }) => money(net, currency),
    payout: (settlement, _args, { loaders }) => loaders.payoutOfSettlement.load(settlement),
  },
  MerchantBalance: {
    pending: ({ pending, currency }) => money(pending, currency),
    available: ({ available, currency }) => money(available, currency),
    reserved: ({ reserved, currency }) => money(reserved, currency),
    owed: ({ owed, currency }) => money(owed, currency),
  },
  LedgerEntry: {
    amount: ({ amount, currency }) => money(amount, currency),
    balanceAfter: ({ balanceAfter, currency }) => money(balanceAfter, currency),
    order: ({ orderId }, _args, context) => (orderId === null ? null : visibleOrder(context, orderId)),
    refund: ({ refundId }, _args, context) => (refundId === null ? null : readableRefund(context, refundId)),
    payout: ({ payoutId }, _args, { loaders }) => (payoutId === null ? null : loaders.payout.load(payoutId)),
  },
  Payout: {
    __resolveReference: async ({ id }, { loaders, identity }) => {
      const payout = await loaders.payout.load(id);
      return payout && mayRead(identity, payout.merchantId) ? payout : null;
    },
    merchant: ({ merchantId }) => ({ id: merchantId }),
    amount: ({ amount, currency }) => money(amount, currency),
    failure: ({ failure }) => failure && { ...failure, retryable: true },
  },
  HeldPayout: {
    merchant: ({ merchantId }) => ({ id: merchantId }),
    amount: ({ amount, currency }) => money(amount, currency),
  },
};
