import type { EntityManager } from '@mikro-orm/mongodb';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { giveBackCoupons } from '../siblings.ts';
import { couponsToGiveBack } from './domain.ts';
import { Order, OrderGroup } from './entities.ts';
import type { Order as OrderRow } from './sources.ts';

const GIVE_BACK_JOB = 'coupon-give-back';

/** Left to the process that committed the change before the timer takes over. */
const GRACE_MS = 15_000;

/** An occasion on which uses of coupons go back. */
export interface GivingBack {
  /** One per occasion, so that none stands for another. */
  readonly subjectId: string;
  /** Under which name they are held. */
  readonly reference: string;
  /** The group of which an order was cancelled after it was paid; null when the whole purchase came to nothing. */
  readonly cancelledIn: string | null;
}

/** That an order of a paid purchase was cancelled; null where no coupon is concerned. */
export const cancellationOf = ({
  id,
  status,
  groupId,
  reservationId,
  couponIds,
}: Pick<OrderRow, 'id' | 'status' | 'groupId' | 'reservationId' | 'couponIds'>): GivingBack | null =>
  status === 'CANCELLED' && couponIds ? { subjectId: id, reference: reservationId, cancelledIn: groupId } : null;

/** Notes it in the caller's transaction; the caller goes on with `giveBackNow` after the commit. */
export const scheduleGiveBack = (tx: EntityManager, { subjectId, reference, cancelledIn }: GivingBack): Promise<void> =>
  schedule(tx, { kind: GIVE_BACK_JOB, subjectId, runAt: new Date(Date.now() + GRACE_MS), data: { reference, cancelledIn } });

/** The same at once; should the cart subgraph not answer, the timer repeats it. */
export async function giveBackNow(context: Context, occasion: GivingBack): Promise<void> {
  try {
    await giveBack(context, occasion);
  } catch (error) {
    context.log.warn({ reference: occasion.reference, error: String(error) }, 'uses of coupons could not be given back now, will be tried again');
    return;
  }
  await unschedule(context.em, GIVE_BACK_JOB, occasion.subjectId);
}

/** Told from how the orders stand now: of two that are cancelled at once, the later one sees both. */
async function giveBack({ em, siblings }: Context, { reference, cancelledIn }: Omit<GivingBack, 'subjectId'>): Promise<void> {
  if (cancelledIn === null) return void (await giveBackCoupons(siblings, { reference, couponIds: null }));
  const [[group], orders] = await Promise.all([
    findRows(em, OrderGroup, { _id: cancelledIn }, ['couponUses']),
    findRows(em, Order, { groupId: cancelledIn }, ['merchantId', 'status']),
  ]);
  const couponIds = couponsToGiveBack(group?.couponUses ?? [], orders);
  if (couponIds.length > 0) await giveBackCoupons(siblings, { reference, couponIds });
}

/** The timer's turn. */
export const couponJobs = {
  [GIVE_BACK_JOB]: (context: Context, { data }: Job) =>
    giveBack(context, { reference: String(data['reference']), cancelledIn: typeof data['cancelledIn'] === 'string' ? data['cancelledIn'] : null }),
};
