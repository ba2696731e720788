import { statesBefore } from '../carts/domain.ts';
import { type CartDocument, cartsOf } from '../carts/entities.ts';
import { buyerOf } from '../carts/owner.ts';
import type { Context } from '../context.ts';
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

/** One write that also bars a lock of this group which is still on its way. */
export async function unlockCart({ em }: Context, { cartId, groupId }: CartOfGroup): Promise<{ done: boolean }> {
  const isHeld = { $and: [{ $eq: ['$state', 'CHECKING_OUT'] }, { $eq: ['$groupId', groupId] }] };
  await cartsOf(em).updateOne({ _id: cartId, releasedGroups: { $ne: groupId } }, [
    {
      $set: {
        state: { $cond: [isHeld, 'ACTIVE', '$state'] },
        groupId: { $cond: [isHeld, null, '$groupId'] },
        releasedGroups: { $slice: [{ $concatArrays: ['$releasedGroups', [groupId]] }, -REMEMBERED_GROUPS] },
      },
    },
  ]);
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
