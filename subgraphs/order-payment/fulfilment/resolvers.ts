import type { Resolvers } from '../schema.generated.ts';
import type { Context } from '../context.ts';
import { viewerOf } from '../orders/access.ts';
import type { Order } from '../orders/sources.ts';
import { updateTracking } from './delivery.ts';
import { trackingUrlOf } from './domain.ts';
import { markReady, redeemPickup } from './pickup.ts';
import { createShipment } from './shipping.ts';
import type { Shipment } from './sources.ts';

export const resolvers: Resolvers = {
  Mutation: {
    shipmentCreate: (_root, { input }, context) => createShipment(context, input),
    shipmentTrackingUpdate: (_root, { input }, context) => updateTracking(context, input),
    pickupReady: (_root, { orderId }, context) => markReady(context, orderId),
    pickupRedeem: (_root, { orderId, code }, context) => redeemPickup(context, orderId, code),
  },
  Order: {
    shipments: ({ id }, _args, { loaders }) => loaders.shipmentsByOrder.load(id),
  },
  Shipment: {
    __resolveReference: async ({ id }, context) => {
      const shipment = await context.loaders.shipment.load(id);
      const order = shipment && (await context.loaders.order.load(shipment.orderId));
      return order && viewerOf(context.identity, order) ? shipment : null;
    },
    order: (shipment, _args, context) => orderOf(context, shipment),
    lines: async (shipment, _args, context) => {
      const order = await orderOf(context, shipment);
      return shipment.lines.flatMap(({ orderLineId, quantity }) => {
        const line = order.lines.find(({ id }) => id === orderLineId);
        return line ? [{ line: { ...line, order }, quantity }] : [];
      });
    },
    trackingUrl: ({ carrier, trackingNumber }) => trackingUrlOf(carrier, trackingNumber),
  },
};

async function orderOf({ loaders }: Context, { orderId }: Shipment): Promise<Order> {
  const order = await loaders.order.load(orderId);
  if (!order) throw new Error(`the order ${orderId} of a shipment is gone`);
  return order;
}
