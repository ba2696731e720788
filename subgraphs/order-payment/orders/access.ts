import { guestIdOf, type Identity, mayFor, userIdOf } from '#platform/identity.ts';
import type { OrderViewer } from './domain.ts';

interface Owned {
  readonly buyerId: string | null;
  readonly guestId: string | null;
}

/** The account that bought it, or the guest session that did. */
export function isBuyer(identity: Identity, { buyerId, guestId }: Owned): boolean {
  const userId = userIdOf(identity);
  const guest = guestIdOf(identity);
  return (userId !== null && userId === buyerId) || (guest !== null && guest === guestId);
}

export const isOverseer = (identity: Identity): boolean =>
  identity.kind === 'system' || (identity.kind === 'staff' && identity.scopes.includes('orders:read_all'));

/** As what the caller sees this order; null when he does not. */
export function viewerOf(identity: Identity, order: Owned & { readonly merchantId: string }): OrderViewer | null {
  if (isBuyer(identity, order)) return 'BUYER';
  if (mayFor(identity, order.merchantId, 'orders:read')) return 'MERCHANT';
  return isOverseer(identity) ? 'STAFF' : null;
}
