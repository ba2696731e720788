import { DomainError } from '#platform/errors.ts';
import { guestIdOf, type Identity, principalOf, userIdOf } from '#platform/identity.ts';

/** Whose cart it is: an account's or a guest session's. */
export interface Owner {
  readonly owner: string;
  readonly userId: string | null;
  readonly guestId: string | null;
}

export const ownerOfUser = (userId: string): Owner => ({ owner: `user:${userId}`, userId, guestId: null });
export const ownerOfGuest = (guestId: string): Owner => ({ owner: `guest:${guestId}`, userId: null, guestId });

/** Null for a caller who cannot have a cart: nobody, a service, or a merchant's API client. */
export function ownerOf(identity: Identity): Owner | null {
  const userId = userIdOf(identity);
  if (userId !== null) return ownerOfUser(userId);
  const guestId = guestIdOf(identity);
  return guestId === null ? null : ownerOfGuest(guestId);
}

/** For changes: refuses a caller who cannot have a cart. */
export function buyerOf(identity: Identity): Owner {
  const owner = ownerOf(identity);
  if (owner) return owner;
  throw new DomainError('FORBIDDEN', `Only accounts and guests have carts; ${principalOf(identity)} is neither.`);
}
