import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Shipment } from './entities.ts';
import { SHIPMENT_FIELDS } from './sources.ts';

export function createLoaders(em: EntityManager) {
  return {
    shipment: oneByKey(
      (ids: readonly string[]) => findRows(em, Shipment, { _id: { $in: [...ids] } }, SHIPMENT_FIELDS),
      (shipment) => shipment.id,
    ),
    shipmentsByOrder: manyByKey(
      (orderIds: readonly string[]) => findRows(em, Shipment, { orderId: { $in: [...orderIds] } }, SHIPMENT_FIELDS, { sort: { orderId: 1, _id: 1 } }),
      (shipment) => shipment.orderId,
    ),
  };
}
