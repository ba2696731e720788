import { updateRows } from '#platform/rows.ts';
import type { StoredEvent } from '#platform/outbox.ts';
import type { Context } from '../context.ts';
import { RefundRequest } from './entities.ts';

/** A guest's order has become an account's: so have the requests about it. Repeatable. */
export async function adoptRequests({ em }: Context, { data }: StoredEvent): Promise<void> {
  await updateRows(em, RefundRequest, { orderId: String(data['orderId']) }, { $set: { buyerId: data['buyerId'] } });
}
