import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { Parcel, ShipmentStatus } from './domain.ts';

export interface StoredTrackingEvent {
  at: Date;
  status: ShipmentStatus;
  description: string;
  place: string | null;
}

/** A parcel on its way. Its id is the reference under which the stock left. */
const ShipmentSchema = defineEntity({
  name: 'Shipment',
  indexes: [{ options: [{ orderId: 1, _id: 1 }] }],
  properties: {
    ...baseProperties('ship'),
    orderId: p.string(),
    lines: p.json<Parcel[]>(),
    carrier: p.string(),
    trackingNumber: p.string(),
    status: p.string().$type<ShipmentStatus>(),
    version: p.integer(),
    events: p.json<StoredTrackingEvent[]>(),
    shippedAt: p.datetime(),
    deliveredAt: p.datetime().strictNullable(),
  },
});

export class Shipment extends ShipmentSchema.class {}
ShipmentSchema.setClass(Shipment);
