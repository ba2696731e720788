import { money } from '#platform/money.ts';
import type { Resolvers } from '../schema.generated.ts';
import { addressOfPage } from './addresses.ts';
import { requestInvoice } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    invoiceRequest: (_root, { input }, context) => requestInvoice(context, input),
  },
  Order: {
    invoices: ({ id }, _args, { loaders }) => loaders.invoicesByOrder.load(id),
  },
  Invoice: {
    amount: ({ amount, currency }) => money(amount, currency),
    url: ({ id }, _args, { config, request }) => addressOfPage(config, id, request.locale),
  },
};
