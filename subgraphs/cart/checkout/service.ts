import type { EntityManager } from '@mikro-orm/mongodb';
import { DomainError } from '#platform/errors.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { statesBefore } from '../carts/domain.ts';
import { type CartDocument, cartsOf } from '../carts/entities.ts';
import { buyerOf, ownerOfGuest, ownerOfUser } from '../carts/owner.ts';
import type { Context } from '../context.ts';
import { giveBackUses, takeUses } from '../coupons/uses.ts';
import { quoteOf } from './quote.ts';

interface CartOfGroup {
  readonly cartId: string;
  readonly groupId: string;
}

type Refusal = { code: 'NOT_FOUND' | 'VERSION_CONFLICT' | 'INVALID_STATE'; currentVersion: number | null; currentState: string | null };

/** Locked first, then priced: what the quote says is what stays in the cart until the checkout has ended. */
export async function lockCart(context: Context, input: CartOfGroup & { readonly expectedVersion: number }) {
  const locked = await lock(context, input);
  if ('code' in locked) return { quote: null, refusal: locked };
  return { quote: quoteOf(await context.loaders.assessment.load(locked), context.request.locale), refusal: null };
}

async function lock(
  { em, identity }: Context,
  { cartId, expectedVersion, groupId }: CartOfGroup & { readonly expectedVersion: number },
): Promise<CartDocument | Refusal> {
  const { owner } = buyerOf(identity);
  const carts = cartsOf(em);
  const locked = await carts.findOneAndUpdate(
    { _id: cartId, owner, version: expectedVersion, state: { $in: statesBefore('CHECKING_OUT') }, releasedGroups: { $ne: groupId } },
    { $set: { state: 'CHECKING_OUT', groupId } },
    { returnDocument: 'after' },
  );
  if (locked) return locked;
  const cart = await carts.findOne({ _id: cartId, owner });
  if (!cart) return { code: 'NOT_FOUND', currentVersion: null, currentState: null };
  const { version: currentVersion, state: currentState } = cart;
  if (currentState === 'CHECKING_OUT' && cart.groupId === groupId) return cart;
  const isStale = currentState === 'ACTIVE' && currentVersion !== expectedVersion;
  return { code: isStale ? 'VERSION_CONFLICT' : 'INVALID_STATE', currentVersion, currentState };
}

/** Checkouts that a cart remembers to have given it back. */
const REMEMBERED_GROUPS = 20;

/** One write that also bars a lock of this group which is still on its way; where coupons are entered, their uses go back with it. */
export async function unlockCart({ em }: Context, { cartId, groupId }: CartOfGroup): Promise<{ done: boolean }> {
  const isPlain = await unlock(em, { cartId, groupId }, { 'coupons.0': { $exists: false } });
  if (isPlain) return { done: true };
  await transaction(em, async (tx) => {
    if (await unlock(tx, { cartId, groupId }, {})) await giveBackUses(tx, groupId, null);
  });
  return { done: true };
}

/** False where it was unlocked by this group before, or the condition does not hold. */
async function unlock(em: EntityManager, { cartId, groupId }: CartOfGroup, condition: object): Promise<boolean> {
  const isHeld = { $and: [{ $eq: ['$state', 'CHECKING_OUT'] }, { $eq: ['$groupId', groupId] }] };
  const change = {
    state: { $cond: [isHeld, 'ACTIVE', '$state'] },
    groupId: { $cond: [isHeld, null, '$groupId'] },
    releasedGroups: { $slice: [{ $concatArrays: ['$releasedGroups', [groupId]] }, -REMEMBERED_GROUPS] },
  };
  const filter = { _id: cartId, releasedGroups: { $ne: groupId }, ...condition };
  return (await cartsOf(em).updateOne(filter, [{ $set: change }], sessionOf(em))).matchedCount === 1;
}

interface CouponsUseInput {
  readonly reference: string;
  readonly cartId?: string | null | undefined;
  readonly buyerId?: string | null | undefined;
  readonly guestId?: string | null | undefined;
  readonly couponIds: readonly string[];
}

export async function useCoupons({ em }: Context, { reference, cartId, buyerId, guestId, couponIds }: CouponsUseInput) {
  const owner = buyerId != null ? ownerOfUser(buyerId) : guestId != null ? ownerOfGuest(guestId) : null;
  if (!owner) throw new DomainError('BAD_USER_INPUT', 'Name the buyer: "buyerId" or "guestId".', { argument: 'buyerId' });
  const rejected = await takeUses(em, { reference, owner: owner.owner, couponIds }, async (tx) => {
    if (cartId != null) await holdCart(tx, { cartId, groupId: reference });
  });
  return { rejected: rejected && { code: rejected.code, couponCode: rejected.couponCode, messageEn: rejected.message.en, messageZh: rejected.message.zh } };
}

/** Writes, so that a cart which is unlocked in the same moment is so before (and nothing is taken) or afterwards (and all is given back). */
async function holdCart(tx: EntityManager, { cartId, groupId }: CartOfGroup): Promise<void> {
  const { matchedCount } = await cartsOf(tx).updateOne({ _id: cartId, groupId, state: 'CHECKING_OUT' }, { $set: { usesTakenAt: new Date() } }, sessionOf(tx));
  if (matchedCount === 0) throw new DomainError('SERVICE_UNAVAILABLE', 'The checkout took too long and was given up; nothing was ordered. Try again.');
}

export async function giveBackCoupons(
  { em }: Context,
  { reference, couponIds }: { readonly reference: string; readonly couponIds?: readonly string[] | null | undefined },
) {
  await transaction(em, (tx) => giveBackUses(tx, reference, couponIds ?? null));
  return { done: true };
}

/** An ordered cart is history: nothing throws it away. */
export async function completeCart({ em }: Context, { cartId, groupId }: CartOfGroup): Promise<{ done: boolean }> {
  const { matchedCount } = await cartsOf(em).updateOne(
    { _id: cartId, groupId, state: { $in: [...statesBefore('ORDERED'), 'ORDERED'] } },
    { $set: { state: 'ORDERED', expiresAt: null, updatedAt: new Date() } },
  );
  return { done: matchedCount === 1 };
}
