import type { Noun } from '../noun.ts';
import { Invoice, InvoiceSeries } from './entities.ts';
import { resolvers } from './resolvers.ts';
import { creditRefund } from './service.ts';

export const invoices: Noun = {
  entities: [Invoice, InvoiceSeries],
  resolvers,
  consumes: { 'refund.succeeded': (context, { data }) => creditRefund(context, String(data['refundRequestId'])) },
};
