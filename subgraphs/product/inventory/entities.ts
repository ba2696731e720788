import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { MovementReason } from './domain.ts';

const InventoryLevelSchema = defineEntity({
  name: 'InventoryLevel',
  properties: {
    /** `variant|location`: there is one per pair. */
    _id: p.string().primary(),
    variantId: p.string(),
    locationId: p.string(),
    productId: p.string(),
    merchantId: p.string(),
    /** What lies there: available and reserved together. */
    onHand: p.integer(),
    reserved: p.integer(),
    available: p.integer(),
    /** May be promised beyond what is available, which then is below zero. */
    backorderable: p.boolean(),
    /** As its location: what lies in a closed one is not for sale. */
    isActive: p.boolean(),
    version: p.integer(),
  },
  indexes: [{ options: [{ variantId: 1, locationId: 1 }, {}] }, { properties: ['productId'] }, { properties: ['locationId'] }],
});

/** How much of a variant is at a location. Moves only together with its movement and its reservations. */
export class InventoryLevel extends InventoryLevelSchema.class {}
InventoryLevelSchema.setClass(InventoryLevel);

const StockMovementSchema = defineEntity({
  name: 'StockMovement',
  properties: {
    ...baseProperties('move'),
    variantId: p.string(),
    locationId: p.string(),
    reason: p.string().$type<MovementReason>(),
    delta: p.integer(),
    /** What caused it: a shipment, a return, an adjustment. */
    reference: p.string(),
    note: p.string().nullable(),
    /** Who, where it was a person or a client. */
    actor: p.string().nullable(),
  },
});

/** Every change of what lies somewhere, for ever: they sum to it. */
export class StockMovement extends StockMovementSchema.class {}
StockMovementSchema.setClass(StockMovement);

const ReservationSchema = defineEntity({
  name: 'Reservation',
  properties: {
    /** `group|variant|location`: there is one per triple. */
    _id: p.string().primary(),
    groupId: p.string().index(),
    variantId: p.string(),
    locationId: p.string(),
    /** Held and neither shipped nor given back. */
    quantity: p.integer(),
    shipped: p.integer(),
    returned: p.integer(),
    createdAt: p.datetime(),
  },
});

/** What an order group holds. */
export class Reservation extends ReservationSchema.class {}
ReservationSchema.setClass(Reservation);

const StockOperationSchema = defineEntity({
  name: 'StockOperation',
  properties: {
    /** `kind|reference`: whoever repeats a reference finds it done. */
    _id: p.string().primary(),
    groupId: p.string(),
    /** False where the group was released before it reserved: it shall not reserve any more. */
    isDone: p.boolean(),
    at: p.datetime(),
  },
});

/** That a step of a checkout, shipment or return was taken, written together with its effect. */
export class StockOperation extends StockOperationSchema.class {}
StockOperationSchema.setClass(StockOperation);
