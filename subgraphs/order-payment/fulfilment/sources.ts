import type { StoredOrderLine } from '../orders/entities.ts';
import type { Order } from '../orders/sources.ts';
import type { Shipment as ShipmentEntity } from './entities.ts';

export const SHIPMENT_FIELDS = [
  'orderId',
  'lines',
  'carrier',
  'trackingNumber',
  'status',
  'version',
  'events',
  'shippedAt',
  'deliveredAt',
] as const satisfies (keyof ShipmentEntity)[];

/** What the resolvers of each type start from. */
export type Shipment = Pick<ShipmentEntity, (typeof SHIPMENT_FIELDS)[number]> & { readonly id: string };
export interface ShipmentLine {
  readonly line: StoredOrderLine & { readonly order: Order };
  readonly quantity: number;
}
