import { type Identity, mayFor } from '#platform/identity.ts';
import type { Context } from '../context.ts';
import { isBuyer, isOverseer } from '../orders/access.ts';
import type { Order } from '../orders/sources.ts';
import type { RefundRequest } from './sources.ts';

export const isReviewer = (identity: Identity, { merchantId }: Pick<Order, 'merchantId'>): boolean => mayFor(identity, merchantId, 'refunds:review');

const isArbiter = (identity: Identity): boolean => identity.kind === 'staff' && identity.scopes.includes('refunds:arbitrate');

/** The buyer, the merchant's members who look after refunds, and the staff who may have to decide. */
const mayReadRefund = (identity: Identity, order: Order): boolean =>
  isBuyer(identity, order) || isReviewer(identity, order) || isOverseer(identity) || isArbiter(identity);

export async function readableRefund({ loaders, identity }: Context, id: string): Promise<RefundRequest | null> {
  const refund = await loaders.refundRequest.load(id);
  const order = refund && (await loaders.order.load(refund.orderId));
  return order && mayReadRefund(identity, order) ? refund : null;
}
