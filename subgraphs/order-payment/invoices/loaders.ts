import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Invoice } from './entities.ts';
import { INVOICE_FIELDS } from './sources.ts';

export function createLoaders(em: EntityManager) {
  return {
    invoice: oneByKey(
      (ids: readonly string[]) => findRows(em, Invoice, { _id: { $in: [...ids] } }, INVOICE_FIELDS),
      (invoice) => invoice.id,
    ),
    invoicesByOrder: manyByKey(
      (orderIds: readonly string[]) => findRows(em, Invoice, { orderId: { $in: [...orderIds] } }, INVOICE_FIELDS, { sort: { orderId: 1, _id: 1 } }),
      (invoice) => invoice.orderId,
    ),
  };
}
