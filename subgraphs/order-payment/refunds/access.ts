import { type Identity, mayFor } from '#platform/identity.ts';
import { isBuyer, isOverseer } from '../orders/access.ts';
import type { Order } from '../orders/sources.ts';

export const isReviewer = (identity: Identity, { merchantId }: Pick<Order, 'merchantId'>): boolean => mayFor(identity, merchantId, 'refunds:review');

const isArbiter = (identity: Identity): boolean => identity.kind === 'staff' && identity.scopes.includes('refunds:arbitrate');

/** The buyer, the merchant's members who look after refunds, and the staff who may have to decide. */
export const mayReadRefund = (identity: Identity, order: Order): boolean =>
  isBuyer(identity, order) || isReviewer(identity, order) || isOverseer(identity) || isArbiter(identity);
