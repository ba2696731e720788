import type { EntityManager } from '@mikro-orm/mongodb';
import { collectionOf, findRows, rawCollection, updateRow } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { turns } from '#platform/turns.ts';
import { type Objection, objection } from './domain.ts';
import { Coupon, CouponUse, type UseState } from './entities.ts';

export interface UsesWanted {
  /** Under which name they are held; a repetition finds its own. */
  readonly reference: string;
  readonly owner: string;
  readonly couponIds: readonly string[];
}

export interface RejectedCoupon extends Objection {
  readonly couponCode: string;
}

interface UseRow {
  readonly _id: string;
  readonly couponId: string;
  readonly reference: string;
  readonly owner: string;
  readonly slot: number | null;
  readonly state: UseState;
  readonly usedAt: Date;
  readonly givenBackAt: Date | null;
}

const usesOf = (em: EntityManager) => em.getCollection<UseRow>(collectionOf(CouponUse));

class CouponGoneError extends Error {
  readonly rejected: RejectedCoupon;

  constructor(rejected: RejectedCoupon) {
    super(rejected.code);
    this.rejected = rejected;
  }
}

/** How often the numbers of a buyer's uses are looked at anew, when another purchase of his took one. */
const MAX_ATTEMPTS = 20;

/**
 * Takes one use of each coupon, all or none, once per reference: null, or the coupon of which there is none left. Who wants
 * the same coupon waits for his turn in this process. `lock` runs in the same transaction, before anything is taken.
 */
export async function takeUses(em: EntityManager, wanted: UsesWanted, lock: (tx: EntityManager) => Promise<void>): Promise<RejectedCoupon | null> {
  return turns.inTurn(wanted.couponIds, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        await transaction(em, async (tx) => {
          await lock(tx);
          await takeIn(tx, wanted);
        });
        return null;
      } catch (error) {
        if (error instanceof CouponGoneError) return error.rejected;
        if (!isDuplicateKey(error) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  });
}

async function takeIn(tx: EntityManager, { reference, owner, couponIds }: UsesWanted): Promise<void> {
  const held = await usesOf(tx).find({ reference }, sessionOf(tx)).toArray();
  const usedAt = new Date();
  const rows: UseRow[] = [];
  // In one order, so that two purchases never wait for each other in a circle.
  for (const couponId of [...new Set(couponIds)].sort()) {
    const own = held.find((use) => use.couponId === couponId);
    if (own?.state === 'USED') continue;
    // What was given back is not taken again under the same name: the purchase is over.
    const slot = own ? null : await takeOne(tx, couponId, owner);
    if (slot === null) throw new CouponGoneError({ ...objection('COUPON_USED_UP'), couponCode: await codeOfCoupon(tx, couponId) });
    rows.push({ _id: `${reference}|${couponId}`, couponId, reference, owner, slot: slot.number, state: 'USED', usedAt, givenBackAt: null });
  }
  if (rows.length > 0) await usesOf(tx).insertMany(rows, sessionOf(tx));
}

/** Counts one more use; null when there is none left in all. */
async function takeOne(tx: EntityManager, couponId: string, owner: string): Promise<{ number: number | null } | null> {
  const isLeft = { $or: [{ usageLimit: null }, { $expr: { $lt: ['$usedCount', '$usageLimit'] } }] };
  const coupon = await updateRow(tx, Coupon, { _id: couponId, ...isLeft }, { $inc: { usedCount: 1 } }, ['usageLimitPerUser', 'code']);
  if (!coupon) return null;
  if (coupon.usageLimitPerUser === null) return { number: null };
  const number = await freeSlot(tx, couponId, owner, coupon.usageLimitPerUser);
  if (number === null) throw new CouponGoneError({ ...objection('COUPON_ALREADY_USED'), couponCode: coupon.code });
  return { number };
}

async function freeSlot(tx: EntityManager, couponId: string, owner: string, limit: number): Promise<number | null> {
  const uses = await findRows(tx, CouponUse, { couponId, owner, slot: { $type: 'number' } }, ['slot']);
  const taken = new Set(uses.map(({ slot }) => slot));
  for (let slot = 1; slot <= limit; slot++) if (!taken.has(slot)) return slot;
  return null;
}

async function codeOfCoupon(tx: EntityManager, couponId: string): Promise<string> {
  const [coupon] = await findRows(tx, Coupon, { _id: couponId }, ['code']);
  return coupon?.code ?? '';
}

/** In the caller's transaction: what is held under the name (of these coupons, or of all) is free again, once. */
export async function giveBackUses(tx: EntityManager, reference: string, couponIds: readonly string[] | null): Promise<void> {
  const ofCoupons = couponIds === null ? {} : { couponId: { $in: [...couponIds] } };
  const held = await usesOf(tx)
    .find({ reference, state: 'USED', ...ofCoupons }, { ...sessionOf(tx), sort: { couponId: 1 } })
    .toArray();
  for (const { _id, couponId } of held) {
    const givenBack = { state: 'GIVEN_BACK', slot: null, givenBackAt: new Date() } as const;
    const { modifiedCount } = await usesOf(tx).updateOne({ _id, state: 'USED' }, { $set: givenBack }, sessionOf(tx));
    if (modifiedCount === 1) await rawCollection(tx, Coupon).updateOne({ _id: couponId }, { $inc: { usedCount: -1 } }, sessionOf(tx));
  }
}
