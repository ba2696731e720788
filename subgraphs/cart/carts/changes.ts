import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { DomainError, invalidStateError, type UserErrorData, versionConflictError } from '#platform/errors.ts';
import { isDuplicateKey, sessionOf } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { OPEN_STATES } from './domain.ts';
import { type CartDocument, cartsOf } from './entities.ts';
import { buyerOf, type Owner } from './owner.ts';

/** A guest's cart is thrown away this long after its last change: as long as a guest token lives. */
const GUEST_CART_MS = 30 * 24 * 3600 * 1000;
/** Used until goods or the buyer say another. */
const DEFAULT_CURRENCY = 'CNY';
const MAX_ATTEMPTS = 60;

export interface CartOutcome {
  readonly cart: CartDocument | null;
  readonly userErrors: UserErrorData[];
}

type Change = Partial<Pick<CartDocument, 'lines' | 'deliveries' | 'coupons' | 'currency' | 'currencyChosen' | 'countryCode' | 'appliedKeys'>>;

/** What a rule makes of the cart as it is: a change to write, nothing to do, or why not. */
export type Decision = { readonly change: Change } | { readonly userErrors: UserErrorData[] };

interface Request {
  readonly expectedVersion: number | null | undefined;
  /** The argument that named it. */
  readonly versionPath: readonly string[];
  /** Whether a caller without a cart gets one. */
  readonly creates: boolean;
}

/**
 * Decides on the caller's open cart and writes the decision by one conditional update. A caller who named a version and
 * lost the race is told; one who did not is decided for again, on what the winner left.
 */
export async function changeCart(context: Context, request: Request, decide: (cart: CartDocument) => Promise<Decision> | Decision): Promise<CartOutcome> {
  const { em, identity, loaders } = context;
  const owner = buyerOf(identity);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await openCart(em, owner);
    if (!stored && !request.creates) return { cart: null, userErrors: [] };
    const cart = stored ?? blankCart(owner, context);
    const refusal = refusalOf(cart, request);
    if (refusal) return { cart: stored, userErrors: [refusal] };
    const decision = await decide(cart);
    if ('userErrors' in decision) return { cart: stored, userErrors: decision.userErrors };
    const written = stored ? await update(em, cart, decision.change) : await insert(em, cart, decision.change);
    if (written) {
      loaders.openCart.prime(owner.owner, written);
      return { cart: written, userErrors: [] };
    }
    await sleep(Math.random() * Math.min(50, 4 * (attempt + 1)));
  }
  throw new DomainError('SERVICE_UNAVAILABLE', 'The cart is being changed by many requests at once; please retry.');
}

/** The open cart as it is stored now; one that has outlived its time is gone, whether or not it was thrown away yet. */
export async function openCart(em: EntityManager, { owner }: Pick<Owner, 'owner'>): Promise<CartDocument | null> {
  const cart = await cartsOf(em).findOne({ owner, state: { $in: [...OPEN_STATES] } }, sessionOf(em));
  return cart && hasExpired(cart) ? null : cart;
}

export const hasExpired = ({ expiresAt, state }: CartDocument): boolean => state === 'ACTIVE' && expiresAt !== null && expiresAt.getTime() <= Date.now();

function refusalOf({ state, version }: CartDocument, { expectedVersion, versionPath }: Request): UserErrorData | null {
  if (state !== 'ACTIVE') return invalidStateError(versionPath.slice(0, 1), state, ['ACTIVE']);
  return expectedVersion != null && expectedVersion !== version ? versionConflictError(versionPath, version) : null;
}

function blankCart(owner: Owner, { request }: Pick<Context, 'request'>): CartDocument {
  const now = new Date();
  return {
    _id: newId('cart'),
    createdAt: now,
    updatedAt: now,
    ...owner,
    state: 'ACTIVE',
    version: 0,
    currency: request.currency ?? DEFAULT_CURRENCY,
    currencyChosen: false,
    countryCode: request.country,
    lines: [],
    deliveries: [],
    groupId: null,
    releasedGroups: [],
    appliedKeys: [],
    expiresAt: null,
  };
}

/** What every write of the buyer brings along. */
export const touched = (cart: Pick<CartDocument, 'guestId'>, now = new Date()) => ({
  updatedAt: now,
  expiresAt: cart.guestId === null ? null : new Date(now.getTime() + GUEST_CART_MS),
});

async function update(em: EntityManager, cart: CartDocument, change: Change): Promise<CartDocument | null> {
  const set = { ...change, ...touched(cart) };
  const { modifiedCount } = await cartsOf(em).updateOne({ _id: cart._id, version: cart.version, state: 'ACTIVE' }, { $set: set, $inc: { version: 1 } });
  return modifiedCount === 1 ? { ...cart, ...set, version: cart.version + 1 } : null;
}

/** Two first additions at once: the unique index lets one create the cart, the other finds it. */
async function insert(em: EntityManager, cart: CartDocument, change: Change): Promise<CartDocument | null> {
  const fresh = { ...cart, ...change, ...touched(cart), version: 1 };
  try {
    await cartsOf(em).insertOne(fresh);
    return fresh;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // What stands in the way may be a cart that has expired and was not thrown away yet.
    await cartsOf(em).deleteOne({ owner: cart.owner, state: 'ACTIVE', expiresAt: { $lte: new Date() } });
    return null;
  }
}
