import { mayFor, userIdOf } from '#platform/identity.ts';
import { money } from '#platform/money.ts';
import type { Resolvers } from '../schema.generated.ts';
import { isBuyer, isOverseer } from './access.ts';
import { allowedActions } from './actions.ts';
import { groupStatusOf } from './domain.ts';
import { findGuestOrder } from './guest-access.ts';
import { allOrders } from './lists.ts';
import { refundableAmount, refundableQuantity, refundableTotal } from './refundable.ts';
import { acceptOrder, adoptGuestOrders, confirmReceipt } from './service.ts';
import { timelineText } from './texts.ts';
import { ownGroup, visible, visibleOrder, visibleOrderByNumber, visibleOrders, visibleTotals } from './visibility.ts';

export const resolvers: Resolvers = {
  Query: {
    order: (_root, { id }, context) => visibleOrder(context, id),
    orderByNumber: (_root, { number }, context) => visibleOrderByNumber(context, number),
    guestOrder: (_root, args, context) => findGuestOrder(context, args),
    orderGroup: (_root, { id }, context) => ownGroup(context, id),
    orders: (_root, args, { em }) => allOrders(em, args),
  },
  Mutation: {
    orderAccept: (_root, { orderId }, context) => acceptOrder(context, orderId),
    orderConfirmReceipt: (_root, { orderId }, context) => confirmReceipt(context, orderId),
    guestOrdersAdopt: async (_root, { input }, context) => {
      await adoptGuestOrders(context, input);
      return { done: true };
    },
  },
  OrderGroup: {
    __resolveReference: ({ id }, context) => ownGroup(context, id),
    buyer: ({ buyerId }) => (buyerId === null ? null : { id: buyerId }),
    orders: (group, _args, context) => visibleOrders(context, group),
    totals: (group, _args, context) => visibleTotals(context, group),
    amountDue: async (group, _args, context) => money(group.status === 'PENDING_PAYMENT' ? (await visibleTotals(context, group)).total : 0, group.currency),
    status: async ({ id, status }, _args, { loaders }) =>
      groupStatusOf(status, status === 'PAID' ? (await loaders.ordersByGroup.load(id)).map((order) => order.status) : []),
    placedAt: ({ placedAt }) => placedAt ?? neverPlaced(),
  },
  Order: {
    __resolveReference: (key: { id?: string; number?: string }, context) =>
      key.id === undefined ? visibleOrderByNumber(context, key.number ?? '') : visibleOrder(context, key.id),
    group: async ({ groupId }, _args, { loaders }) => (await loaders.orderGroup.load(groupId)) ?? neverPlaced(),
    merchant: ({ merchantId }) => ({ id: merchantId }),
    buyer: ({ buyerId }) => (buyerId === null ? null : { id: buyerId }),
    allowedActions: (order, _args, { identity }) =>
      allowedActions(order, { isBuyer: isBuyer(identity, order), holds: (scope) => mayFor(identity, order.merchantId, scope) }, new Date()),
    lines: (order) => order.lines.map((line) => ({ ...line, order })),
    totals: ({ totals, currency }) => ({ ...totals, currency }),
    refundedTotal: ({ refundedTotal, currency }) => money(refundedTotal, currency),
    refundableTotal: (order) => money(refundableTotal(order), order.currency),
    pickupLocation: ({ pickupLocationId }) => (pickupLocationId === null ? null : { id: pickupLocationId }),
    pickupCode: (order, _args, { identity }) => (isBuyer(identity, order) && order.status === 'READY_FOR_PICKUP' ? order.pickupCode : null),
    timeline: async ({ id }, _args, { loaders }) =>
      (await loaders.orderTimeline.load(id))?.timeline.map((entry) => ({ ...entry, message: timelineText(entry.type) })) ?? [],
    refundPolicySnapshot: ({ refundPolicy }) => refundPolicy.text,
  },
  OrderLine: {
    __resolveReference: async ({ id }, context) => {
      const order = visible(context, await context.loaders.orderByLine.load(id));
      const line = order?.lines.find((candidate) => candidate.id === id);
      return order && line ? { ...line, order } : null;
    },
    variant: ({ variantId }) => ({ id: variantId }),
    product: ({ productId }) => ({ id: productId }),
    snapshot: (line) => ({ ...line, merchantName: line.order.merchantName }),
    unitPrice: ({ unitPrice, order }) => money(unitPrice, order.currency),
    discount: ({ discount, order }) => money(discount, order.currency),
    tax: ({ tax, order }) => money(tax, order.currency),
    total: ({ total, order }) => money(total, order.currency),
    refundableQuantity: (line) => (line.order.paidAt === null ? 0 : refundableQuantity(line)),
    refundableAmount: (line) => money(line.order.paidAt === null ? 0 : refundableAmount(line), line.order.currency),
  },
  OrderTotals: {
    subtotal: ({ subtotal, currency }) => money(subtotal, currency),
    discount: ({ discount, currency }) => money(discount, currency),
    shipping: ({ shipping, currency }) => money(shipping, currency),
    tax: ({ tax, currency }) => money(tax, currency),
    taxIncluded: () => true,
    total: ({ total, currency }) => money(total, currency),
  },
  OrderConnection: {
    totalCount: ({ countTotal }) => countTotal(),
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    orders: ({ id }, args, { loaders, identity }) => (userIdOf(identity) === id || isOverseer(identity) ? loaders.ordersByBuyer(args).load(id) : null),
  },
  Merchant: {
    // With what other fields of it require.
    __resolveReference: (reference) => reference,
    orders: ({ id }, args, { loaders, identity }) =>
      mayFor(identity, id, 'orders:read') || isOverseer(identity) ? loaders.ordersByMerchant(args).load(id) : null,
  },
};

/** Groups are loaded once placed, and an order has one: anything else is a bug. */
function neverPlaced(): never {
  throw new Error('a group that was not placed was shown');
}
