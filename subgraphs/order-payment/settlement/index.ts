import type { Noun } from '../noun.ts';
import { CATCH_UP_JOB, catchUp, prepareLedger } from './catching-up.ts';
import { CommissionTerms, LedgerEntry, MerchantAccount, OrderSettlement, Payout } from './entities.ts';
import { noteOrder, POSTING_JOB, postNoted } from './following.ts';
import { resolvers } from './resolvers.ts';

export const settlement: Noun = {
  entities: [MerchantAccount, LedgerEntry, OrderSettlement, Payout, CommissionTerms],
  resolvers,
  jobs: { [POSTING_JOB]: postNoted, [CATCH_UP_JOB]: ({ em, config }) => catchUp(em, config) },
  prepare: prepareLedger,
  consumes: { 'order.paid': noteOrder, 'order.completed': noteOrder, 'order.cancelled': noteOrder, 'refund.succeeded': noteOrder },
};
