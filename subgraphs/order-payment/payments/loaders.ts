import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Payment, PaymentAnomaly } from './entities.ts';
import { ANOMALY_FIELDS, PAYMENT_FIELDS } from './sources.ts';

export function createLoaders(em: EntityManager) {
  return {
    payment: oneByKey(
      (ids: readonly string[]) => findRows(em, Payment, { _id: { $in: [...ids] } }, PAYMENT_FIELDS),
      (payment) => payment.id,
    ),
    paymentsByGroup: manyByKey(
      (groupIds: readonly string[]) => findRows(em, Payment, { groupId: { $in: [...groupIds] } }, PAYMENT_FIELDS, { sort: { groupId: 1, _id: 1 } }),
      (payment) => payment.groupId,
    ),
    paymentAnomaly: oneByKey(
      (ids: readonly string[]) => findRows(em, PaymentAnomaly, { _id: { $in: [...ids] } }, ANOMALY_FIELDS),
      (anomaly) => anomaly.id,
    ),
  };
}
