import { invalidStateError, notFoundError, type UserErrorData } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { decimalOf } from '#platform/money.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { isBuyer } from '../orders/access.ts';
import { OrderGroup as OrderGroupEntity } from '../orders/entities.ts';
import type { OrderGroup } from '../orders/sources.ts';
import { record } from './arrivals.ts';
import { closeAttempt, createAtProvider, findLiveAttempt, insertAttempt, type Terms } from './attempts.ts';
import { providerNamed, providersOf } from './companies.ts';
import { isLive, isReturnUrlAllowed, isSameAttempt, paymentDeadline } from './domain.ts';
import {
  alreadyPaid,
  amountChanged,
  methodUnavailable,
  orderExpired,
  providerRejected,
  providerUnavailable,
  returnUrlNotAllowed,
  wechatOpenIdRequired,
} from './errors.ts';
import { methodsFor } from './methods.ts';
import { type ClientKind, type PaymentMethodKind, ProviderUnavailableError } from './providers/provider.ts';
import type { Payment } from './sources.ts';

interface PayInput {
  readonly orderGroupId: string;
  readonly method: PaymentMethodKind;
  readonly client?: ClientKind;
  readonly returnUrl?: string | null | undefined;
  readonly expectedAmount: { readonly amount: number; readonly currency: string };
  readonly wechatOpenId?: string | null | undefined;
  readonly idempotencyKey: string;
}

/** The arguments of the effect, defaults filled in. */
type Wish = Omit<PayInput, 'idempotencyKey'> & { readonly client: ClientKind };

/** What is kept under the idempotency key. */
interface PayResult {
  readonly paymentId: string | null;
  readonly groupId: string | null;
  readonly userErrors: readonly UserErrorData[];
}

interface PayPayload {
  payment: Payment | null;
  orderGroup: OrderGroup | null;
  userErrors: UserErrorData[];
}

const refused = (...userErrors: UserErrorData[]): PayPayload => ({ payment: null, orderGroup: null, userErrors });
const GROUP = { en: 'This purchase', zh: '此订单' };

/** Starts or resumes the one attempt of a group. An outage leaves no claim on the key: the same request may be sent again. */
export async function pay(context: Context, input: PayInput): Promise<PayPayload> {
  const { em, identity, log } = context;
  const { idempotencyKey, ...given } = input;
  const wish: Wish = { client: 'WEB', ...given };
  try {
    const outcome = await idempotent<PayResult>({ em, identity, field: 'pay', key: idempotencyKey, args: wish }, () => startPayment(context, wish));
    return 'conflict' in outcome ? refused(outcome.conflict) : await payloadOf(context, outcome.result);
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ groupId: input.orderGroupId, provider: error.provider, error: String(error) }, 'a payment could not be started');
    return refused(providerUnavailable(['input', 'method']));
  }
}

async function payloadOf({ loaders }: Context, { paymentId, groupId, userErrors }: PayResult): Promise<PayPayload> {
  return {
    payment: paymentId === null ? null : await loaders.payment.load(paymentId),
    orderGroup: groupId === null ? null : await loaders.orderGroup.load(groupId),
    userErrors: [...userErrors],
  };
}

async function startPayment(context: Context, input: Wish): Promise<PayResult> {
  const group = await context.loaders.orderGroup.load(input.orderGroupId);
  if (!group || !isBuyer(context.identity, group)) return { paymentId: null, groupId: null, userErrors: [notFoundError(['input', 'orderGroupId'], GROUP)] };
  const problem = checkPayable(group, new Date()) ?? checkInput(context, group, input);
  if (problem) return { paymentId: null, groupId: group.id, userErrors: [problem] };
  const payment = await attempt(context, group, termsOf(context, group, input));
  // Read before anything changed: what follows is to see the group as it is now.
  if (payment?.status === 'SUCCEEDED') context.loaders.orderGroup.clear(group.id);
  if (payment === null)
    return { paymentId: null, groupId: group.id, userErrors: [checkPayable(await reread(context, group), new Date()) ?? providerUnavailable(['input'])] };
  context.loaders.payment.clear(payment.id).prime(payment.id, payment);
  const isRejected = payment.status === 'FAILED' && payment.reference === null;
  return { paymentId: payment.id, groupId: group.id, userErrors: isRejected ? [providerRejected(['input', 'method'])] : [] };
}

async function reread({ em, loaders }: Context, group: OrderGroup): Promise<OrderGroup> {
  loaders.orderGroup.clear(group.id);
  const [now] = await findRows(em, OrderGroupEntity, { _id: group.id }, ['status', 'paymentId', 'expiresAt']);
  return { ...group, ...now };
}

function checkPayable({ status, paymentId, expiresAt }: OrderGroup, now: Date): UserErrorData | null {
  const path = ['input', 'orderGroupId'];
  if (status === 'PAID' && paymentId !== null) return alreadyPaid(path, paymentId);
  if (status === 'EXPIRED' || (status === 'PENDING_PAYMENT' && expiresAt !== null && expiresAt <= now)) return orderExpired(path, expiresAt ?? now);
  return status === 'PENDING_PAYMENT' ? null : invalidStateError(path, status, ['PENDING_PAYMENT']);
}

function checkInput({ config }: Context, group: OrderGroup, input: Wish): UserErrorData | null {
  const { expectedAmount, method, client, returnUrl, wechatOpenId } = input;
  const due = { amount: group.totals.total, currency: group.currency };
  if (expectedAmount.amount !== due.amount || expectedAmount.currency !== due.currency) return amountChanged(`${decimalOf(due)} ${due.currency}`);
  const methods = methodsFor(config, client, group.currency);
  if (!methods.includes(method)) return methodUnavailable(methods);
  if (!wechatOpenId && providersOf(config).forMethod(method)?.needsWechatOpenId(method, client)) return wechatOpenIdRequired();
  const origins = [new URL(config.publicUrl).origin, ...config.RETURN_URL_ORIGINS];
  if (returnUrl != null && !isReturnUrlAllowed(returnUrl, { origins, loopback: !config.production })) return returnUrlNotAllowed(origins);
  const deadline = deadlineOf(config.PSP_DEADLINE_MARGIN_SECONDS, group);
  return deadline <= new Date() ? orderExpired(['input', 'orderGroupId'], deadline) : null;
}

const deadlineOf = (marginSeconds: number, { placedAt, expiresAt }: OrderGroup): Date => {
  if (!placedAt || !expiresAt) throw new Error('an unpaid group has no deadline');
  return paymentDeadline(placedAt, expiresAt, marginSeconds);
};

function termsOf({ config }: Context, group: OrderGroup, { method, client, returnUrl, wechatOpenId }: Wish): Terms {
  const provider = providersOf(config).forMethod(method);
  if (!provider) throw new Error(`nobody serves ${method}`);
  return {
    method,
    client,
    returnUrl: returnUrl ?? null,
    wechatOpenId: wechatOpenId ?? null,
    provider: provider.name,
    expiresAt: deadlineOf(config.PSP_DEADLINE_MARGIN_SECONDS, group),
  };
}

/** How often others may come between before it is left to the client to try again. */
const ROUNDS = 5;

/** Null when the group cannot be paid any more, or others were faster each time. */
async function attempt(context: Context, group: OrderGroup, terms: Terms): Promise<Payment | null> {
  const { em } = context;
  for (let round = 0; round < ROUNDS; round++) {
    const payment = await insertAttempt(em, group, terms);
    if (payment) return createAtProvider(context, payment);
    const live = await findLiveAttempt(em, group.id);
    if (live === null) {
      if ((await reread(context, group)).status !== 'PENDING_PAYMENT') return null;
      continue;
    }
    if (isSameAttempt(live, terms)) return live.status === 'CREATED' ? createAtProvider(context, live) : live;
    const closed = await closeAttempt(context, live, 'CANCELLED');
    if (closed.status === 'SUCCEEDED' || isLive(closed.status)) return closed;
  }
  return null;
}

/** Asks the provider now. */
export async function syncPayment(context: Context, paymentId: string): Promise<PayPayload> {
  const { config, identity, loaders, log } = context;
  const payment = await loaders.payment.load(paymentId);
  const group = payment && (await loaders.orderGroup.load(payment.groupId));
  if (!group || !isBuyer(identity, group)) return refused(notFoundError(['paymentId'], { en: 'This payment', zh: '此支付' }));
  try {
    const state = payment.captured === null ? await providerNamed(config, payment.provider).query(payment.id, payment.reference ?? undefined) : null;
    if (state) await record(context, { provider: payment.provider, paymentId, state });
  } catch (error) {
    if (!(error instanceof ProviderUnavailableError)) throw error;
    log.warn({ paymentId, provider: error.provider, error: String(error) }, 'a payment could not be asked about');
    return { payment, orderGroup: group, userErrors: [providerUnavailable(['paymentId'])] };
  }
  loaders.payment.clear(paymentId);
  loaders.orderGroup.clear(group.id);
  return payloadOf(context, { paymentId, groupId: group.id, userErrors: [] });
}
