import type { EntityManager } from '@mikro-orm/mongodb';
import { signingKeysOf } from '#platform/config.ts';
import { DomainError, invalidStateError, validationError } from '#platform/errors.ts';
import { guestIdOf, signedIn } from '#platform/identity.ts';
import { tokenVerifier } from '#platform/tokens.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { collectionOf } from '#platform/rows.ts';
import { type CartOutcome, openCart, touched } from '../carts/changes.ts';
import { type OfferOf, statesBefore } from '../carts/domain.ts';
import { type CartDocument, cartsOf, couponsOf } from '../carts/entities.ts';
import { offersOf } from '../carts/loaders.ts';
import { type Owner, ownerOfGuest, ownerOfUser } from '../carts/owner.ts';
import type { Context } from '../context.ts';
import { CartMerge } from './entities.ts';
import { type MergeStrategy, mergeLines } from './lines.ts';

interface CartMergeInput {
  readonly guestToken: string;
  readonly strategy?: MergeStrategy;
}

export async function mergeCart(context: Context, { guestToken, strategy = 'MAX' }: CartMergeInput): Promise<CartOutcome> {
  const { userId } = signedIn(context.identity);
  const guestSessionId = await guestSessionOf(context, guestToken);
  const user = ownerOfUser(userId);
  if (guestSessionId === null) {
    const message = { en: 'guestToken must be a guest token that has not expired.', zh: 'guestToken 须为未过期的访客令牌。' };
    return { cart: await openCart(context.em, user), userErrors: [validationError(['input', 'guestToken'], message)] };
  }
  const outcome = await merge(context, { guestSessionId, userId, strategy });
  const cart = await openCart(context.em, user);
  return { cart, userErrors: outcome === 'LOCKED' ? [invalidStateError(['input'], 'CHECKING_OUT', ['ACTIVE'])] : [] };
}

/** The guest session that a token stands for; null for any other token. */
async function guestSessionOf({ config }: Context, token: string): Promise<string | null> {
  try {
    return guestIdOf(await tokenVerifier(signingKeysOf(config)).verify(token));
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

interface GuestMerge {
  readonly guestSessionId: string;
  readonly userId: string;
  readonly strategy: MergeStrategy;
}

/** For the user service at login, and for the event that stands in for it. Repeatable; fails while a checkout holds one of the carts. */
export async function mergeGuestCart(
  context: Context,
  { strategy = 'MAX', ...input }: Omit<GuestMerge, 'strategy'> & { strategy?: MergeStrategy },
): Promise<{ done: boolean }> {
  if ((await merge(context, { ...input, strategy })) === 'LOCKED') {
    throw new DomainError('SERVICE_UNAVAILABLE', 'One of the carts is being checked out; the merge can be done when that has ended.');
  }
  return { done: true };
}

const MAX_ATTEMPTS = 5;

async function merge(context: Context, input: GuestMerge): Promise<'DONE' | 'LOCKED'> {
  const { em, loaders } = context;
  const owners = { guest: ownerOfGuest(input.guestSessionId), user: ownerOfUser(input.userId) };
  for (let attempt = 0; ; attempt++) {
    const guests = await openCart(em, owners.guest);
    if (!guests || (await wasMerged(em, input.guestSessionId))) return 'DONE';
    const own = await openCart(em, owners.user);
    const offerOf = await offersOf(
      loaders.sellableVariant,
      [...guests.lines, ...(own?.lines ?? [])].map(({ variantId }) => variantId),
    );
    try {
      return await transaction(em, (tx) => mergeInto(tx, owners, input, offerOf));
    } catch (error) {
      // Another merge of this session was first, or the account's first cart came into being: look again.
      if (!isDuplicateKey(error) || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

const markers = (em: EntityManager) => em.getCollection<{ _id: string; userId: string; guestCartId: string; mergedAt: Date }>(collectionOf(CartMerge));

const wasMerged = async (em: EntityManager, guestSessionId: string): Promise<boolean> =>
  (await markers(em).findOne({ _id: guestSessionId }, sessionOf(em))) !== null;

async function mergeInto(
  tx: EntityManager,
  owners: { guest: Owner; user: Owner },
  { guestSessionId, userId, strategy }: GuestMerge,
  offerOf: OfferOf,
): Promise<'DONE' | 'LOCKED'> {
  const guests = await openCart(tx, owners.guest);
  if (!guests) return 'DONE';
  const own = await openCart(tx, owners.user);
  if (guests.state !== 'ACTIVE' || (own && own.state !== 'ACTIVE')) return 'LOCKED';

  await markers(tx).insertOne({ _id: guestSessionId, userId, guestCartId: guests._id, mergedAt: new Date() }, sessionOf(tx));
  if (own) {
    await closeGuestCart(tx, guests);
    await write(tx, own, joined(own, guests, strategy, offerOf));
  } else {
    await write(tx, guests, owners.user);
  }
  return 'DONE';
}

/** What the account's cart becomes. An empty one takes over everything of the guest's, its currency included. */
function joined(own: CartDocument, guests: CartDocument, strategy: MergeStrategy, offerOf: OfferOf): Partial<CartDocument> {
  const lines = mergeLines(own.lines, guests.lines, strategy, offerOf);
  if (lines === own.lines) return {};
  if (lines === guests.lines) {
    const { deliveries, currency, currencyChosen, countryCode } = guests;
    return { lines, deliveries, coupons: couponsOf(guests), currency, currencyChosen, countryCode: countryCode ?? own.countryCode };
  }
  const settled = new Set(own.deliveries.map(({ merchantId }) => merchantId));
  return { lines, deliveries: [...own.deliveries, ...guests.deliveries.filter(({ merchantId }) => !settled.has(merchantId))], ...joinedCoupons(own, guests) };
}

/** Of one merchant, and of the platform, there can be one: the account's own stays. */
function joinedCoupons(own: CartDocument, guests: CartDocument): Pick<CartDocument, 'coupons'> {
  const taken = new Set(couponsOf(own).map(({ merchantId }) => merchantId));
  const added = couponsOf(guests).filter(({ merchantId }) => !taken.has(merchantId));
  return added.length === 0 ? {} : { coupons: [...couponsOf(own), ...added] };
}

const closeGuestCart = (tx: EntityManager, { _id }: CartDocument) =>
  cartsOf(tx).updateOne({ _id, state: { $in: statesBefore('MERGED') } }, { $set: { state: 'MERGED', updatedAt: new Date() } }, sessionOf(tx));

/** Read in this transaction, so nobody can have changed it without the transaction being repeated. */
const write = (tx: EntityManager, cart: CartDocument, change: Partial<CartDocument>) =>
  cartsOf(tx).updateOne({ _id: cart._id }, { $set: { ...change, ...touched({ ...cart, ...change }) }, $inc: { version: 1 } }, sessionOf(tx));
