import { randomInt } from 'node:crypto';
import { DomainError, type UserErrorData } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { guestIdOf, userIdOf } from '#platform/identity.ts';
import { schedule } from '#platform/jobs.ts';
import { rawCollection, updateRow } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { Order, OrderGroup } from '../orders/entities.ts';
import { tellOf } from '../orders/events.ts';
import { EXPIRY_JOB } from '../orders/groups.ts';
import { guestAccessHash, guestAccessToken } from '../orders/guest-access.ts';
import { NUMBERS_PER_DAY, orderNumber } from '../orders/number.ts';
import { GROUP_FIELDS } from '../orders/sources.ts';
import { askMerchants, lockCart, type Quote, type ReserveLine, reserveStock, type TradingMerchant, unlockCart, useCoupons } from '../siblings.ts';
import { type CheckoutTerms, checkTerms } from './domain.ts';
import { beginIntent, finishCart, forgetIntent, type Intent, releaseAfterFailure, releaseIntent, releaseRemains } from './intents.ts';
import { cartRefused, couponRejected, objectionsTo, stockShort } from './refusals.ts';
import { ordersOf, type PlacedOrder, refuseWrongSums, totalsOf } from './snapshots.ts';
import { mayCrashAfter } from './steps.ts';

export interface CheckoutInput extends CheckoutTerms {
  readonly idempotencyKey: string;
}

export interface CheckoutOutcome {
  readonly groupId: string | null;
  /** The cart that was not checked out. */
  readonly cartId: string | null;
  readonly userErrors: UserErrorData[];
}

/** A cart becomes one order per merchant, all or nothing, once per key. */
export async function checkout(context: Context, { idempotencyKey, ...terms }: CheckoutInput): Promise<CheckoutOutcome> {
  const problems = checkTerms(terms, context.identity.kind === 'guest');
  if (problems.length > 0) return refused(terms, problems);
  const { em, identity } = context;
  const answer = await idempotent<CheckoutOutcome>({ em, identity, field: 'checkout', key: idempotencyKey, args: terms }, (complete) =>
    attempt(context, terms, idempotencyKey, complete),
  );
  return 'conflict' in answer ? refused(terms, [answer.conflict]) : answer.result;
}

const refused = ({ cartId }: CheckoutTerms, userErrors: UserErrorData[]): CheckoutOutcome => ({ groupId: null, cartId, userErrors });

async function attempt(context: Context, terms: CheckoutTerms, idempotencyKey: string, complete: Complete<CheckoutOutcome>): Promise<CheckoutOutcome> {
  const intent = await beginIntent(context, terms, idempotencyKey);
  mayCrashAfter('intent', context.config);
  try {
    return await settle(context, intent, terms, complete);
  } catch (error) {
    await releaseAfterFailure(context, intent);
    throw error;
  }
}

/** The steps after the intent. Each is keyed by the group's id and may be repeated. */
async function settle(context: Context, intent: Intent, terms: CheckoutTerms, complete: Complete<CheckoutOutcome>): Promise<CheckoutOutcome> {
  const { siblings, config } = context;
  const { groupId } = intent;
  const { quote, refusal } = await lock(context, intent, terms);
  if (!quote) {
    // An open cart that does not let this group in has let it go before: the sweeper was quicker.
    if (!refusal || (refusal.code === 'INVALID_STATE' && refusal.currentState === 'ACTIVE')) throw tookTooLong();
    await forgetIntent(context, groupId);
    return refused(terms, [cartRefused(refusal)]);
  }
  mayCrashAfter('lock', config);

  const merchants = await askMerchants(
    siblings,
    quote.groups.map(({ merchantId }) => merchantId),
  );
  const objections = objectionsTo(quote, merchants, terms);
  if (objections.length > 0) return giveUp(context, intent, terms, objections);
  refuseWrongSums(quote);
  mayCrashAfter('quote', config);

  const { reserved, shortages } = await reserveStock(siblings, { groupId, lines: linesToReserve(quote) });
  // Nothing is short and nothing is given: what this group had was released meanwhile.
  if (!reserved && shortages.length === 0) throw tookTooLong();
  if (!reserved) return giveUp(context, intent, terms, shortages.map(stockShort));
  mayCrashAfter('reserve', config);

  if (quote.coupons.length > 0) {
    const rejected = await takeCoupons(context, intent, quote);
    if (rejected) return giveAllBack(context, intent, terms, [couponRejected(rejected)]);
    mayCrashAfter('coupon', config);
  }

  const outcome = { groupId, cartId: null, userErrors: [] };
  await placeOrders(context, { groupId, quote, merchants, terms }, (tx) => complete(outcome, tx));
  mayCrashAfter('order', config);

  await finishCart(context, intent);
  mayCrashAfter('complete', config);
  return outcome;
}

/** The sweeper gave it up while it was under way: nothing is held, and the same key may be tried again. */
const tookTooLong = () => new DomainError('SERVICE_UNAVAILABLE', 'The checkout took too long and was given up; nothing was ordered. Try again.');

async function lock(context: Context, intent: Intent, { cartVersion }: CheckoutTerms) {
  const { groupId, cartId } = intent;
  const take = () => lockCart(context.siblings, { cartId, expectedVersion: cartVersion, groupId });
  const answer = await take();
  return answer.refusal?.code === 'INVALID_STATE' && (await releaseRemains(context, intent)) ? take() : answer;
}

/** Nothing is reserved at this point: the cart is the buyer's again. */
async function giveUp(context: Context, { groupId, cartId }: Intent, terms: CheckoutTerms, userErrors: UserErrorData[]): Promise<CheckoutOutcome> {
  await unlockCart(context.siblings, { cartId, groupId });
  await forgetIntent(context, groupId);
  return refused(terms, userErrors);
}

const takeCoupons = ({ siblings, identity }: Context, { groupId, cartId }: Intent, { coupons }: Quote) =>
  useCoupons(siblings, {
    reference: groupId,
    cartId,
    buyerId: userIdOf(identity),
    guestId: guestIdOf(identity),
    couponIds: coupons.map(({ couponId }) => couponId),
  });

/** The stock is reserved at this point: it goes back first. */
async function giveAllBack(context: Context, intent: Intent, terms: CheckoutTerms, userErrors: UserErrorData[]): Promise<CheckoutOutcome> {
  await releaseIntent(context, intent, 'rejected');
  await forgetIntent(context, intent.groupId);
  return refused(terms, userErrors);
}

/** Lines of the same variant and place are one: the shelf is asked for their sum. */
function linesToReserve({ groups }: Quote): ReserveLine[] {
  const wanted = groups.flatMap(({ pickupLocationId, lines }) =>
    lines.map(({ variantId, quantity }) => ({ variantId, quantity, locationId: pickupLocationId })),
  );
  return [...Map.groupBy(wanted, ({ variantId, locationId }) => `${variantId}|${locationId}`).values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, quantity: others.reduce((total, { quantity }) => total + quantity, first.quantity) }] : [],
  );
}

interface Accepted {
  readonly groupId: string;
  readonly quote: Quote;
  readonly merchants: ReadonlyMap<string, TradingMerchant>;
  readonly terms: CheckoutTerms;
}

const MAX_NUMBER_DRAWS = 3;

/** The one transaction in which the purchase comes to be. A number that exists already is drawn again. */
async function placeOrders(context: Context, accepted: Accepted, complete: (tx: Context['em']) => Promise<void>, draw = 1): Promise<void> {
  const { em, loaders } = context;
  try {
    const { group, orders } = await transaction(em, (tx) => writePurchase(context, tx, accepted, complete));
    // The answer shows what was just written: no need to read it again.
    loaders.orderGroup.prime(group.id, group);
    loaders.ordersByGroup.prime(group.id, orders);
    for (const order of orders) loaders.orderTimeline.prime(order.id, order);
  } catch (error) {
    if (draw >= MAX_NUMBER_DRAWS || !isDuplicateKey(error)) throw error;
    await placeOrders(context, accepted, complete, draw + 1);
  }
}

async function writePurchase(
  { config }: Context,
  tx: Context['em'],
  { groupId, quote, merchants, terms }: Accepted,
  complete: (tx: Context['em']) => Promise<void>,
) {
  const placedAt = new Date();
  const totals = totalsOf(quote.totals);
  const isPaid = totals.total === 0;
  const expiresAt = isPaid ? null : new Date(placedAt.getTime() + config.ORDER_EXPIRY_SECONDS * 1000);
  const status = isPaid ? 'PAID' : 'PENDING_PAYMENT';
  const couponUses = quote.coupons.length > 0 ? quote.coupons : null;
  const placed = { status, currency: quote.currency, totals, couponUses, placedAt, expiresAt, paidAt: isPaid ? placedAt : null };
  const group = await updateRow(tx, OrderGroup, { _id: groupId, status: 'PREPARING' }, { $set: placed, $inc: { version: 1 } }, GROUP_FIELDS);
  if (!group) throw tookTooLong();
  const orders = ordersOf({
    group,
    quote,
    merchants,
    terms,
    guestAccessHash: group.guestId === null ? null : guestAccessHash(guestAccessToken(config.INTERNAL_AUTH_KEYS, groupId)),
    placedAt,
    isPaid,
    nextNumber: () => orderNumber(placedAt, randomInt(NUMBERS_PER_DAY)),
  });
  await rawCollection(tx, Order).insertMany(orders.map(documentOf), sessionOf(tx));
  await tellOf(tx, isPaid ? ['order.placed', 'order.paid'] : ['order.placed'], orders, placedAt);
  if (expiresAt) await schedule(tx, { kind: EXPIRY_JOB, subjectId: groupId, runAt: expiresAt });
  await complete(tx);
  return { group, orders };
}

const documentOf = ({ id, ...order }: PlacedOrder) => ({ _id: id, createdAt: order.placedAt, ...order });
