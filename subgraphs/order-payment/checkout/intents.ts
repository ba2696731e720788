import { newId } from '#platform/entity.ts';
import { guestIdOf, userIdOf } from '#platform/identity.ts';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { UNPLACED } from '../orders/domain.ts';
import { OrderGroup } from '../orders/entities.ts';
import { completeCart, releaseStock, unlockCart } from '../siblings.ts';
import type { AddressInput, CheckoutTerms } from './domain.ts';

export const SWEEP_JOB = 'checkout-sweep';

interface Held {
  readonly groupId: string;
  readonly cartId: string;
}

export interface Intent extends Held {
  readonly idempotencyKey: string;
}

/**
 * Writes down what is about to happen, before it does: a group that no client sees, and before it the timer that settles
 * it should this process die. In this order neither can be without the other, and no transaction is needed.
 */
export async function beginIntent(context: Context, terms: CheckoutTerms, idempotencyKey: string): Promise<Intent> {
  const { cartId, cartVersion, expectedTotal, billingAddress, email } = terms;
  const groupId = newId('group');
  await scheduleSweep(context, groupId);
  await rawCollection(context.em, OrderGroup).insertOne({
    _id: groupId,
    createdAt: new Date(),
    status: 'PREPARING',
    version: 1,
    cartId,
    cartVersion,
    idempotencyKey,
    reservationId: groupId,
    buyerId: userIdOf(context.identity),
    guestId: guestIdOf(context.identity),
    email: email ?? null,
    currency: expectedTotal.currency,
    totals: null,
    couponUses: null,
    billingAddress: billingAddress ? billingAddressOf(billingAddress) : null,
    paymentId: null,
    placedAt: null,
    paidAt: null,
    expiresAt: null,
  });
  return { groupId, cartId, idempotencyKey };
}

const scheduleSweep = ({ em, config }: Context, groupId: string) =>
  schedule(em, { kind: SWEEP_JOB, subjectId: groupId, runAt: new Date(Date.now() + config.SWEEP_AFTER_SECONDS * 1000) });

/** Nothing is held any more: the intent and its timer go. */
export async function forgetIntent({ em }: Context, groupId: string): Promise<void> {
  await rawCollection(em, OrderGroup).deleteOne({ _id: groupId, status: { $in: [...UNPLACED] } });
  await unschedule(em, SWEEP_JOB, groupId);
}

/**
 * Gives back what an intent may have taken; the uses of coupons go back with the lock of the cart. The change of state comes first, so that a checkout that is still under way
 * can no longer place its orders; a group that was placed is left alone. Repeatable, each time under a reference of its own.
 */
export async function releaseIntent({ em, siblings }: Context, { groupId, cartId }: Held, occasion: string): Promise<void> {
  const abandoned = await updateRow(em, OrderGroup, { _id: groupId, status: { $in: [...UNPLACED] } }, { $set: { status: 'ABANDONED' } }, ['status']);
  if (!abandoned) return;
  await releaseStock(siblings, { reference: `${groupId}-${occasion}`, groupId, lines: null });
  await unlockCart(siblings, { cartId, groupId });
}

/**
 * Gives back at once what an earlier attempt under the same key left behind when its process died: a repetition need not
 * wait for the sweeper. Answers whether there was any.
 */
export async function releaseRemains(context: Context, { groupId, cartId, idempotencyKey }: Intent): Promise<boolean> {
  const { em, identity } = context;
  const owner = { buyerId: userIdOf(identity), guestId: guestIdOf(identity) };
  const remains = await findRows(em, OrderGroup, { _id: { $ne: groupId }, cartId, idempotencyKey, status: { $in: [...UNPLACED] }, ...owner }, ['status']);
  for (const { id } of remains) await releaseIntent(context, { groupId: id, cartId }, 'repeated');
  return remains.length > 0;
}

/** After an outage in the middle of a checkout: at once where possible; the sweeper comes in any case. */
export async function releaseAfterFailure(context: Context, intent: Intent): Promise<void> {
  try {
    await releaseIntent(context, intent, 'failed');
  } catch (error) {
    context.log.warn({ groupId: intent.groupId, error: String(error) }, 'an unfinished checkout could not be released now, the sweeper will');
  }
}

/** The orders stand; what is left is the cart's. Should it not answer, the sweeper tells it again, and soon: its buyer waits. */
export async function finishCart(context: Context, { groupId, cartId }: Held): Promise<void> {
  const { em, siblings, log } = context;
  try {
    await completeCart(siblings, { cartId, groupId });
    await unschedule(em, SWEEP_JOB, groupId);
  } catch (error) {
    log.warn({ groupId, error: String(error) }, 'the cart of a placed order could not be closed now, the sweeper will');
    await schedule(em, { kind: SWEEP_JOB, subjectId: groupId, runAt: new Date() }).catch((reason: unknown) =>
      log.warn({ groupId, error: String(reason) }, 'nor could the sweeper be called; it comes in its own time'),
    );
  }
}

/**
 * Settles what a checkout left behind: forward where its orders stand, else back. An abandoned one is released once more
 * an interval later, for a call that was still on its way the first time; then it is forgotten.
 */
export async function sweep(context: Context, { subjectId: groupId }: Pick<Job, 'subjectId'>): Promise<void> {
  const [group] = await findRows(context.em, OrderGroup, { _id: groupId }, ['status', 'cartId']);
  if (!group) return;
  const intent = { groupId, cartId: group.cartId };
  if (group.status === 'PREPARING') {
    context.log.info({ groupId }, 'sweeping an unfinished checkout');
    await releaseIntent(context, intent, 'swept');
    await scheduleSweep(context, groupId);
  } else if (group.status === 'ABANDONED') {
    await releaseIntent(context, intent, 'swept-again');
    await rawCollection(context.em, OrderGroup).deleteOne({ _id: groupId, status: 'ABANDONED' });
  } else {
    await completeCart(context.siblings, { cartId: group.cartId, groupId });
  }
}

const billingAddressOf = ({ recipientName, phone, company, countryCode, region, city, district, line1, line2, postalCode }: AddressInput) => ({
  recipientName,
  phone: phone ?? null,
  company: company ?? null,
  countryCode,
  region: region ?? null,
  city,
  district: district ?? null,
  line1,
  line2: line2 ?? null,
  postalCode: postalCode ?? null,
});
