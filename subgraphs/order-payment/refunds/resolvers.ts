import { userIdOf } from '#platform/identity.ts';
import { money } from '#platform/money.ts';
import type { Context } from '../context.ts';
import { isOverseer } from '../orders/access.ts';
import type { Order } from '../orders/sources.ts';
import { timelineText } from '../orders/texts.ts';
import type { Resolvers } from '../schema.generated.ts';
import { isReviewer, readableRefund } from './access.ts';
import { approveRefund, arbitrateRefund, receiveReturn, refundDirectly, rejectRefund } from './decisions.ts';
import { escalateRefund, noteReturnShipped, withdrawRefund } from './following.ts';
import { awaitsGoods } from './domain.ts';
import type { PlannedLine } from './plan.ts';
import { previewRefund, requestRefund } from './requests.ts';
import type { RefundLine, RefundRequest } from './sources.ts';

export const resolvers: Resolvers = {
  Query: {
    refundPreview: async (_root, { input }, context) => {
      const { order, plan, userErrors } = await previewRefund(context, input);
      if (!order || !plan) return { userErrors };
      return {
        lines: linesOf(order, plan.lines),
        shippingAmount: money(plan.shippingAmount, order.currency),
        total: money(plan.total, order.currency),
        userErrors,
      };
    },
    refundRequest: (_root, { id }, context) => readableRefund(context, id),
  },
  Mutation: {
    refundRequestCreate: (_root, { input }, context) => requestRefund(context, input),
    refundWithdraw: (_root, { id }, context) => withdrawRefund(context, id),
    refundReturnShipped: (_root, { input }, context) => noteReturnShipped(context, input),
    refundEscalate: (_root, { input }, context) => escalateRefund(context, input),
    refundApprove: (_root, { input }, context) => approveRefund(context, input),
    refundReject: (_root, { input }, context) => rejectRefund(context, input),
    refundReturnReceived: (_root, { id, restock }, context) => receiveReturn(context, id, restock),
    refund: (_root, { input }, context) => refundDirectly(context, input),
    refundArbitrate: (_root, { input }, context) => arbitrateRefund(context, input),
  },
  Order: {
    refundRequests: ({ id }, _args, { loaders }) => loaders.refundsByOrder.load(id),
  },
  User: {
    refundRequests: ({ id }, args, { loaders, identity }) => (userIdOf(identity) === id || isOverseer(identity) ? loaders.refundsByBuyer(args).load(id) : null),
  },
  Merchant: {
    refundRequests: ({ id }, args, { loaders, identity }) => (isReviewer(identity, { merchantId: id }) ? loaders.refundsByMerchant(args).load(id) : null),
  },
  RefundRequest: {
    __resolveReference: ({ id }, context) => readableRefund(context, id),
    order: (refund, _args, context) => orderOf(context, refund),
    lines: async (refund, _args, context) => linesOf(await orderOf(context, refund), refund.lines),
    shippingAmount: ({ shippingAmount, currency }) => money(shippingAmount, currency),
    requestedAmount: ({ requestedAmount, currency }) => money(requestedAmount, currency),
    approvedAmount: ({ approvedAmount, currency }) => (approvedAmount === null ? null : money(approvedAmount, currency)),
    evidenceUrls: ({ evidenceMediaIds }, _args, { config }) => evidenceMediaIds.map((id) => `${config.publicUrl}/media/${id}`),
    returnAddress: async ({ status, merchantId }, _args, { loaders }) =>
      awaitsGoods(status) ? ((await loaders.returnAddress.load(merchantId))?.address ?? null) : null,
    executions: ({ executionId, paymentId, approvedAmount, currency, execution }) =>
      execution === null || paymentId === null ? [] : [{ id: executionId, paymentId, amount: approvedAmount ?? 0, currency, state: execution }],
    timeline: ({ timeline }) => timeline.map((entry) => ({ ...entry, message: timelineText(entry.type) })),
  },
  RefundLine: {
    amount: ({ amount, currency }) => money(amount, currency),
  },
  RefundExecution: {
    payment: async ({ paymentId }, _args, { loaders }) => (await loaders.payment.load(paymentId)) ?? gone(paymentId),
    amount: ({ amount, currency }) => money(amount, currency),
    status: ({ state }) => state.status,
    failure: ({ state }) => state.failure && { ...state.failure, retryable: true },
    attempts: ({ state }) => state.attempts,
    succeededAt: ({ state }) => state.succeededAt,
  },
};

async function orderOf({ loaders }: Context, { orderId }: RefundRequest): Promise<Order> {
  return (await loaders.order.load(orderId)) ?? gone(orderId);
}

const linesOf = (order: Order, parts: readonly PlannedLine[]): RefundLine[] =>
  parts.flatMap(({ orderLineId, quantity, amount, restock }) => {
    const line = order.lines.find(({ id }) => id === orderLineId);
    return line ? [{ line: { ...line, order }, quantity, amount, currency: order.currency, restock }] : [];
  });

function gone(id: string): never {
  throw new Error(`${id}, to which a refund refers, is gone`);
}
