import { actionTypesFor, chooseAction } from './actions.ts';
import { accepted, acceptedUnless } from './exchange.ts';
import {
  type CreatedPayment,
  type CreatePayment,
  type PaymentProvider,
  type ProviderPayment,
  type ProviderRefund,
  ProviderRejectedError,
  ProviderUnavailableError,
  type RefundPayment,
} from './provider.ts';
import { toStripeAmount } from './stripe/amounts.ts';
import { createStripeApi, isList, quoted } from './stripe/api.ts';
import { readNotification } from './stripe/notifications.ts';
import { type Intent, intentShape, NAME, paymentOf, type Refund, refundOf, refundShape } from './stripe/objects.ts';

export interface StripeSettings {
  apiUrl: string;
  secretKey: string;
  publishableKey: string;
  webhookSecret: string;
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
}

const DESCRIPTION_LIMIT = 1_000;
const UNKNOWN: ReadonlySet<string> = new Set(['resource_missing']);
const REFUND_LIST_LIMIT = 100;

/** Cards by PaymentIntents: the client confirms with Stripe itself, so that no card number comes near us. */
export function createStripeProvider(settings: StripeSettings): PaymentProvider {
  const { publishableKey, secretKey, webhookSecret } = settings;
  const now = settings.now ?? (() => new Date());
  const call = createStripeApi(settings);
  const isLive = secretKey.includes('_live_');
  const stateOf = (intent: Intent): ProviderPayment => paymentOf(intent, now());
  const intentPath = (reference: string) => `/v1/payment_intents/${encodeURIComponent(reference)}`;

  async function retrieve(reference: string): Promise<Intent | null> {
    const reply = await call('GET', intentPath(reference), intentShape, { expand: ['latest_charge'] });
    return acceptedUnless(NAME, reply, UNKNOWN)?.object ?? null;
  }

  /**
   * Without Stripe's number we never heard its answer, and so nobody has the client secret without which it cannot be
   * paid: that the search lags behind by up to a minute does no harm.
   */
  async function find(paymentId: string, reference: string | undefined): Promise<Intent | null> {
    if (reference !== undefined) return retrieve(reference);
    const query = `metadata["paymentId"]:${quoted(paymentId)}`;
    const reply = await call('GET', '/v1/payment_intents/search', isList(intentShape), { query });
    const [found] = accepted(NAME, reply).object.data;
    return found ? retrieve(found.id) : null;
  }

  async function create(payment: CreatePayment): Promise<CreatedPayment> {
    chooseAction(NAME, payment, () => false);
    const { paymentId, currency } = payment;
    if (payment.deadline <= now()) return { payment: (await close(paymentId)) ?? notTaken(payment), action: null };
    const form = {
      amount: stripeAmountOf(payment.amount, currency),
      currency: currency.toLowerCase(),
      allowed_payment_method_types: ['card'],
      description: payment.description.slice(0, DESCRIPTION_LIMIT).toWellFormed(),
      metadata: { paymentId },
    };
    const { object, isReplay } = accepted(NAME, await call('POST', '/v1/payment_intents', intentShape, form, paymentId));
    const intent = isReplay ? await retrieve(object.id) : object;
    if (!intent?.client_secret) throw new ProviderUnavailableError(NAME, `${paymentId} came without its client secret`);
    const state = stateOf(intent);
    const action = { type: 'CLIENT_CONFIRM', provider: NAME, publishableKey, clientSecret: intent.client_secret } as const;
    return { payment: state, action: state.status === 'REQUIRES_ACTION' ? action : null };
  }

  async function close(paymentId: string, reference?: string): Promise<ProviderPayment | null> {
    const known = reference ?? (await find(paymentId, undefined))?.id;
    if (known === undefined) return null;
    // Refused where it is paid or closed already: how it stands now is what counts.
    await call('POST', `${intentPath(known)}/cancel`, intentShape);
    const intent = await retrieve(known);
    return intent && stateOf(intent);
  }

  async function listRefunds(intentId: string): Promise<Refund[]> {
    const reply = await call('GET', '/v1/refunds', isList(refundShape), { payment_intent: intentId, limit: REFUND_LIST_LIMIT });
    return acceptedUnless(NAME, reply, UNKNOWN)?.object.data ?? [];
  }

  const withKey = (refunds: readonly Refund[], refundKey: string) => refunds.find(({ metadata }) => metadata?.['refundKey'] === refundKey);

  /**
   * Stripe forgets an idempotency key after a day, and answers a repetition with what was true at first: what was made
   * under the key is looked for before it is made.
   */
  async function refund(request: RefundPayment): Promise<ProviderRefund> {
    const { refundKey, paymentId, currency } = request;
    const intent = await find(paymentId, request.reference || undefined);
    if (!intent) throw new ProviderRejectedError(NAME, 'resource_missing', `there is no payment ${paymentId}`);
    if (intent.currency !== currency) throw new ProviderRejectedError(NAME, 'currency_mismatch', `it was paid in ${intent.currency}, not ${currency}`);
    const amount = stripeAmountOf(request.amount, currency);
    const form = { payment_intent: intent.id, amount, reason: 'requested_by_customer', metadata: { paymentId, refundKey } };
    const made = withKey(await listRefunds(intent.id), refundKey) ?? accepted(NAME, await call('POST', '/v1/refunds', refundShape, form, refundKey)).object;
    if (made.amount !== amount) throw new ProviderRejectedError(NAME, 'idempotency_error', `${refundKey} was refunded with another amount`);
    return refundOf(made, refundKey);
  }

  return {
    name: NAME,
    methods: ['BANK_CARD'],
    currencies: null,
    hasDeadlines: false,
    acknowledgement: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' },
    actionTypes: (method, client) => (method === 'BANK_CARD' ? actionTypesFor(method, client) : []),
    needsWechatOpenId: () => false,
    create,
    async query(paymentId, reference) {
      const intent = await find(paymentId, reference);
      return intent && stateOf(intent);
    },
    close,
    refund,
    async queryRefund(refundKey, paymentId, reference) {
      const intentId = reference ?? (await find(paymentId, undefined))?.id;
      const found = intentId === undefined ? undefined : withKey(await listRefunds(intentId), refundKey);
      return found ? refundOf(found, refundKey) : null;
    },
    verifyNotification: async (raw) => readNotification(raw, { webhookSecret, isLive }, now()),
  };
}

const notTaken = ({ paymentId, amount, currency }: CreatePayment): ProviderPayment => ({ status: 'CLOSED', reference: paymentId, amount, currency });

function stripeAmountOf(amount: number, currency: string): number {
  const units = toStripeAmount(amount, currency);
  if (units === null) throw new ProviderRejectedError(NAME, 'amount_not_chargeable', `${amount} of ${currency} cannot be charged to the unit`);
  return units;
}
