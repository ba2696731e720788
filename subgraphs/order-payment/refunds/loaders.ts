import type { EntityManager } from '@mikro-orm/mongodb';
import { byArguments, manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import type { Siblings } from '#platform/siblings.ts';
import { returnAddresses } from '../siblings.ts';
import { RefundRequest } from './entities.ts';
import { refundsOf, type RefundListArgs } from './lists.ts';
import { REFUND_FIELDS } from './sources.ts';

export function createLoaders(em: EntityManager, siblings: Siblings) {
  return {
    returnAddress: oneByKey(
      (merchantIds: readonly string[]) => returnAddresses(siblings, merchantIds),
      ({ merchantId }) => merchantId,
    ),
    refundRequest: oneByKey(
      (ids: readonly string[]) => findRows(em, RefundRequest, { _id: { $in: [...ids] } }, REFUND_FIELDS),
      (refund) => refund.id,
    ),
    refundsByOrder: manyByKey(
      (orderIds: readonly string[]) => findRows(em, RefundRequest, { orderId: { $in: [...orderIds] } }, REFUND_FIELDS, { sort: { orderId: 1, _id: 1 } }),
      (refund) => refund.orderId,
    ),
    refundsByBuyer: byArguments((args: RefundListArgs) => refundsOf(em, 'buyerId', args)),
    refundsByMerchant: byArguments((args: RefundListArgs) => refundsOf(em, 'merchantId', args)),
  };
}
