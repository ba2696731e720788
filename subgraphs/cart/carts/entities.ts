import { defineEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/mongodb';
import { baseProperties } from '#platform/entity.ts';
import type { Money } from '#platform/money.ts';
import { collectionOf } from '#platform/rows.ts';
import type { PostalAddress } from '../shipping/domain.ts';
import type { CartState, StoredLine } from './domain.ts';

/** What the buyer chose for one merchant's group; kept while other groups change. */
export interface StoredDelivery {
  readonly merchantId: string;
  readonly optionId: string | null;
  readonly address: PostalAddress | null;
}

/** A code that was entered, and whose coupon it was found to be: that of one merchant, or the platform's. */
export interface StoredCoupon {
  readonly couponId: string;
  readonly code: string;
  readonly merchantId: string | null;
}

/** A cart as it is stored: what is saved together is embedded together, so that every change is one atomic write. */
export interface CartDocument {
  readonly _id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** `user:…` or `guest:…`: whose open cart it is. */
  readonly owner: string;
  readonly userId: string | null;
  readonly guestId: string | null;
  readonly state: CartState;
  /** Bumped by every write of the buyer; locking and unlocking leave it. */
  readonly version: number;
  readonly currency: string;
  /** Whether the buyer asked for the currency, or it came with the first goods. */
  readonly currencyChosen: boolean;
  readonly countryCode: string | null;
  readonly lines: readonly StoredLine[];
  readonly deliveries: readonly StoredDelivery[];
  /** In the order in which they were entered; missing in a cart that never had any. */
  readonly coupons?: readonly StoredCoupon[] | null | undefined;
  /** The checkout that holds or held it. */
  readonly groupId: string | null;
  /** Checkouts that gave it back: a lock of theirs that arrives late finds the door closed. */
  readonly releasedGroups: readonly string[];
  /** Idempotency keys of the latest additions, written with them: a claim that outlived a crash is not applied twice. */
  readonly appliedKeys: readonly string[];
  readonly expiresAt: Date | null;
  /** When its checkout took the uses of its coupons: a write, so that giving the cart back in the same moment excludes it. */
  readonly usesTakenAt?: Date | null | undefined;
}

const NONE: readonly StoredCoupon[] = [];
export const couponsOf = ({ coupons }: Pick<CartDocument, 'coupons'>): readonly StoredCoupon[] => coupons ?? NONE;

const CartSchema = defineEntity({
  name: 'Cart',
  properties: {
    ...baseProperties('cart'),
    updatedAt: p.datetime(),
    owner: p.string(),
    userId: p.string().strictNullable(),
    guestId: p.string().strictNullable(),
    state: p.string().$type<CartState>(),
    version: p.integer(),
    currency: p.string(),
    currencyChosen: p.boolean(),
    countryCode: p.string().strictNullable(),
    lines: p.json().$type<StoredLine[]>(),
    deliveries: p.json().$type<StoredDelivery[]>(),
    coupons: p.json().$type<StoredCoupon[]>().nullable(),
    groupId: p.string().strictNullable(),
    releasedGroups: p.json().$type<string[]>(),
    appliedKeys: p.json().$type<string[]>(),
    expiresAt: p.datetime().strictNullable(),
    usesTakenAt: p.datetime().nullable(),
  },
  uniques: [{ properties: ['owner'], options: { partialFilterExpression: { state: { $in: ['ACTIVE', 'CHECKING_OUT'] } } } }],
  indexes: [{ properties: ['expiresAt'], options: { expireAfterSeconds: 0 } }],
});

export class Cart extends CartSchema.class {}
CartSchema.setClass(Cart);

/** Carts change by conditional updates of whole documents only, so they are read and written as such. */
export const cartsOf = (em: EntityManager) => em.getCollection<CartDocument>(collectionOf(Cart));

/** The cart's amount of something in its own currency. */
export const inCurrencyOf = (cart: Pick<CartDocument, 'currency'>, amount: number): Money => ({ amount, currency: cart.currency });
