import { mayFor } from '#platform/identity.ts';
import { maySeeAccount } from '../accounts/service.ts';
import type { Resolvers } from '../schema.generated.ts';
import { translated } from '../texts.ts';
import { countMerchants, listApplications, listMerchants } from './lists.ts';
import { reviewPayoutAccount, setPayoutAccount } from './payout-account.ts';
import { applyAsMerchant, reviewMerchant, updateMerchant } from './service.ts';
import { knownTo, shownTo } from './visibility.ts';

export const merchantResolvers = {
  Query: {
    merchant: async (_root, { id }, context) => shownTo(context, await context.loaders.merchant.load(id)),
    merchantBySlug: async (_root, { slug }, context) => shownTo(context, await context.loaders.merchantBySlug.load(slug)),
    merchants: (_root, args, context) => listMerchants(context, args),
    merchantApplications: (_root, args, context) => listApplications(context, args),
    tradingMerchants: (_root, { ids }, { loaders }) => Promise.all(ids.map((id) => loaders.merchant.load(id))),
  },
  Mutation: {
    merchantApply: (_root, { input }, context) => applyAsMerchant(context, input),
    merchantUpdate: (_root, { input }, context) => updateMerchant(context, input),
    merchantReview: (_root, { input }, context) => reviewMerchant(context, input),
    payoutAccountSet: (_root, { input }, context) => setPayoutAccount(context, input),
    payoutAccountReview: (_root, { input }, context) => reviewPayoutAccount(context, input),
  },
  User: {
    merchants: ({ id }, _args, { identity, loaders }) => (maySeeAccount(identity, id) ? loaders.memberships.load(id) : null),
  },
  Merchant: {
    // By either of its keys: the planner sends one of them.
    __resolveReference: async (reference, context) =>
      knownTo(context, await ('id' in reference ? context.loaders.merchant.load(String(reference.id)) : context.loaders.merchantBySlug.load(reference.slug))),
    description: ({ description }, { locale }, { request }) => translated(description, locale ?? request.locale),
    logoUrl: ({ logoMediaId }, _args, { config }) => logoMediaId && `${config.publicUrl}/media/${logoMediaId}`,
    legalName: ({ id, legalName }, _args, { identity }) => (mayFor(identity, id, 'merchant:read') ? legalName : null),
    application: ({ id, application }, _args, { identity }) => (mayFor(identity, id, 'merchant:read') ? application : null),
    payoutAccount: ({ id, payoutAccount }, _args, { identity }) => (mayFor(identity, id, 'merchant:payouts') ? payoutAccount : null),
    payoutAccountStatus: ({ id, payoutAccount }, _args, { identity }) => (mayFor(identity, id, 'merchant:payouts') ? (payoutAccount?.status ?? 'NONE') : null),
  },
  TradingMerchant: {
    payoutAccountStatus: ({ payoutAccount }) => payoutAccount?.status ?? 'NONE',
  },
  RefundPolicy: {
    text: ({ text }, { locale }, { request }) => translated(text, locale ?? request.locale),
  },
  MerchantConnection: {
    totalCount: (connection, _args, context) => countMerchants(context, connection),
  },
} satisfies Resolvers;
