import QRCode from 'qrcode';
import { money } from '#platform/money.ts';
import type { Resolvers } from '../schema.generated.ts';
import { isBuyer } from '../orders/access.ts';
import { readablePayment, mayReadPayments } from './access.ts';
import { listAnomalies } from './anomalies.ts';
import { isLive, pollAfterSeconds } from './domain.ts';
import { resolveByHand } from './reconciling.ts';
import { ACTION_TYPES, methodOptions } from './methods.ts';
import { pay, syncPayment } from './service.ts';
import type { Payment } from './sources.ts';

/** Nothing is to be done once the provider takes no more money. */
const isOpen = ({ status, expiresAt }: Payment): boolean => isLive(status) && expiresAt > new Date();

export const resolvers: Resolvers = {
  Query: {
    payment: (_root, { id }, context) => readablePayment(context, id),
    paymentMethods: (_root, args, { config, request }) => methodOptions(config, args, request.locale),
    paymentAnomalies: (_root, args, context) => listAnomalies(context, args),
  },
  Mutation: {
    pay: (_root, { input }, context) => pay(context, input),
    paymentSync: (_root, { paymentId }, context) => syncPayment(context, paymentId),
    paymentAnomalyResolve: (_root, { input }, context) => resolveByHand(context, input),
  },
  OrderGroup: {
    payments: async (group, _args, { identity, loaders }) => (mayReadPayments(identity, group) ? loaders.paymentsByGroup.load(group.id) : []),
    activePayment: async (group, _args, { identity, loaders }) =>
      isBuyer(identity, group) ? ((await loaders.paymentsByGroup.load(group.id)).find(isOpen) ?? null) : null,
  },
  Payment: {
    __resolveReference: ({ id }, context) => readablePayment(context, id),
    group: async ({ groupId }, _args, { loaders }) => groupOf(await loaders.orderGroup.load(groupId), groupId),
    amount: ({ amount, currency }) => money(amount, currency),
    refundedAmount: ({ refunded, capturedCurrency, currency }) => money(refunded, capturedCurrency ?? currency),
    nextAction: (payment) => (payment.status === 'REQUIRES_ACTION' && isOpen(payment) ? payment.action : null),
    failure: ({ failure }) => failure && { ...failure, retryable: true },
    pollAfterSeconds: ({ status }) => pollAfterSeconds(status),
    providerReference: ({ reference }) => reference,
  },
  PaymentAction: { __resolveType: ({ type }) => ACTION_TYPES[type] },
  QrCodeAction: { svg: ({ content }) => QRCode.toString(content, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }) },
  AlreadyPaidError: { payment: async ({ paymentId }, _args, { loaders }) => paymentOf(await loaders.payment.load(paymentId), paymentId) },
  PaymentAnomaly: {
    payment: ({ paymentId }, _args, { loaders }) => (paymentId === null ? null : loaders.payment.load(paymentId)),
    group: ({ groupId }, _args, { loaders }) => (groupId === null ? null : loaders.orderGroup.load(groupId)),
    amount: ({ amount, currency }) => money(amount, currency),
    expectedAmount: ({ expectedAmount, expectedCurrency }) =>
      expectedAmount === null || expectedCurrency === null ? null : money(expectedAmount, expectedCurrency),
    note: ({ note }) => note ?? null,
    giveBack: ({ execution }) => execution && { ...execution, failure: execution.failure && { ...execution.failure, retryable: true } },
  },
};

function groupOf<T>(group: T | null, id: string): T {
  if (!group) throw new Error(`the group ${id} of a payment is gone`);
  return group;
}

function paymentOf<T>(payment: T | null, id: string): T {
  if (!payment) throw new Error(`the payment ${id} is gone`);
  return payment;
}
