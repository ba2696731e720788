import type { Identity } from '#platform/identity.ts';
import type { Context } from '../context.ts';
import { isBuyer, isOverseer } from '../orders/access.ts';
import type { Payment } from './sources.ts';

/** The buyer, and the staff who look after orders or money. A merchant sees what it was paid on its orders, not the whole purchase. */
export const mayReadPayments = (identity: Identity, owned: { readonly buyerId: string | null; readonly guestId: string | null }): boolean =>
  isBuyer(identity, owned) || isOverseer(identity) || (identity.kind === 'staff' && identity.scopes.includes('payments:reconcile'));

/** Null for what is missing and for what is another's: both read alike. */
export async function readablePayment({ identity, loaders }: Context, id: string): Promise<Payment | null> {
  const payment = await loaders.payment.load(id);
  // Whose it is, is the group's matter: a guest's purchase may become an account's.
  const group = payment && (await loaders.orderGroup.load(payment.groupId));
  return group && mayReadPayments(identity, group) ? payment : null;
}
