import { newId } from '#platform/entity.ts';
import { guestIdOf, userIdOf } from '#platform/identity.ts';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import { findRows, rawCollection, updateRow } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { OrderGroup } from '../orders/entities.ts';
import { completeCart, releaseStock, unlockCart } from '../siblings.ts';
import type { AddressInput, CheckoutTerms } from './domain.ts';

export const SWEEP_JOB = 'checkout-sweep';

export interface Intent {
  readonly groupId: string;
  readonly cartId: string;
}

/**
 * Writes down what is about to happen, before it does: a group that no client sees, and before it the timer that settles
 * it should this process die. In this order neither can be without the other, and no transaction is needed.
 */
export async function beginIntent(context: Context, { cartId, cartVersion, expectedTotal, billingAddress, email }: CheckoutTerms): Promise<Intent> {
  const groupId = newId('group');
  await scheduleSweep(context, groupId);
  await rawCollection(context.em, OrderGroup).insertOne({
    _id: groupId,
    createdAt: new Date(),
    status: 'PREPARING',
    version: 1,
    cartId,
    cartVersion,
    reservationId: groupId,
    buyerId: userIdOf(context.identity),
    guestId: guestIdOf(context.identity),
    email: email ?? null,
    currency: expectedTotal.currency,
    totals: null,
    billingAddress: billingAddress ? billingAddressOf(billingAddress) : null,
    paymentId: null,
    placedAt: null,
    paidAt: null,
    expiresAt: null,
  });
  return { groupId, cartId };
}

const scheduleSweep = ({ em, config }: Context, groupId: string) =>
  schedule(em, { kind: SWEEP_JOB, subjectId: groupId, runAt: new Date(Date.now() + config.SWEEP_AFTER_SECONDS * 1000) });

/** Nothing is held any more: the intent and its timer go. */
export async function forgetIntent({ em }: Context, groupId: string): Promise<void> {
  await rawCollection(em, OrderGroup).deleteOne({ _id: groupId, status: { $in: ['PREPARING', 'ABANDONED'] } });
  await unschedule(em, SWEEP_JOB, groupId);
}

/**
 * Gives back what an intent may have taken. The change of state comes first, so that a checkout that is still under way
 * can no longer place its orders; a group that was placed is left alone. Repeatable, each time under a reference of its own.
 */
async function releaseIntent({ em, siblings }: Context, { groupId, cartId }: Intent, occasion: string): Promise<void> {
  const abandoned = await updateRow(em, OrderGroup, { _id: groupId, status: { $in: ['PREPARING', 'ABANDONED'] } }, { $set: { status: 'ABANDONED' } }, [
    'status',
  ]);
  if (!abandoned) return;
  await releaseStock(siblings, { reference: `${groupId}-${occasion}`, groupId, lines: null });
  await unlockCart(siblings, { cartId, groupId });
}

/** After an outage in the middle of a checkout: at once where possible; the sweeper comes in any case. */
export async function releaseAfterFailure(context: Context, intent: Intent): Promise<void> {
  try {
    await releaseIntent(context, intent, 'failed');
  } catch (error) {
    context.log.warn({ groupId: intent.groupId, error: String(error) }, 'an unfinished checkout could not be released now, the sweeper will');
  }
}

/** The orders stand; what is left is the cart's. Should it not answer, the sweeper tells it again. */
export async function finishCart(context: Context, { groupId, cartId }: Intent): Promise<boolean> {
  try {
    await completeCart(context.siblings, { cartId, groupId });
    return true;
  } catch (error) {
    context.log.warn({ groupId, error: String(error) }, 'the cart of a placed order could not be closed now, the sweeper will');
    return false;
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
