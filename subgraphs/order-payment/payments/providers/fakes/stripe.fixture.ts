import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderFixture } from '../contract.ts';
import type { ProviderAction, RawNotification } from '../provider.ts';
import { createStripeProvider, type StripeSettings } from '../stripe.ts';
import { type Call, FAILS_FIRST, json, openCompany, openMerchant, PENDS_FIRST, type Response } from './company.fixture.ts';

const SECRET_KEY = 'sk_test_ofTheTests';
const PUBLISHABLE_KEY = 'pk_test_ofTheTests';
const WEBHOOK_SECRET = 'whsec_ofTheTests';

interface Intent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  status: string;
  client_secret: string;
  metadata: Record<string, string>;
  last_payment_error: { type: string; code: string; message: string } | null;
  latest_charge: string | null;
  livemode: boolean;
  paidAt: number | null;
}

interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  currency: string;
  status: string;
  failure_reason?: string;
  created: number;
  payment_intent: string;
  metadata: Record<string, string>;
}

/** What was answered under an idempotency key, to whom it was the answer. */
interface Kept {
  readonly asked: string;
  readonly response: Promise<Response>;
  isDone: boolean;
}

const id = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;
const seconds = () => Math.floor(Date.now() / 1000);
const failed = (status: number, code: string, message: string, type = 'invalid_request_error') => json(status, { error: { type, code, message } });

/** Stripe in small: PaymentIntents and refunds over its HTTP, idempotency keys, and signed events. */
export async function openStripe() {
  const intents = new Map<string, Intent>();
  const refunds: Refund[] = [];
  const keys = new Map<string, Kept>();
  const failedOnce = new Set<string>();
  const merchant = await openMerchant(subjectOf);
  let webhookUrl = merchant.notifyUrl;

  const company = await openCompany(async (call) => {
    const isClient = /^\/v1\/payment_intents\/[^/]+\/confirm$/.test(call.url.pathname);
    if (call.headers.authorization !== `Bearer ${isClient ? PUBLISHABLE_KEY : SECRET_KEY}`) return failed(401, 'api_key_invalid', 'Invalid API Key provided');
    const key = call.headers['idempotency-key'];
    return call.method === 'POST' && typeof key === 'string' ? once(key, call) : route(call);
  });

  async function once(key: string, call: Call): Promise<Response> {
    const asked = `${call.url.pathname} ${call.body.toString()}`;
    const kept = keys.get(key);
    if (kept && kept.asked !== asked) return failed(400, '', 'Keys for idempotent requests can only be used with the same parameters', 'idempotency_error');
    if (kept && !kept.isDone) return failed(409, 'idempotency_key_in_use', 'There is another request in progress with this key');
    if (kept) {
      const { headers, ...response } = await kept.response;
      return { ...response, headers: { ...headers, 'idempotent-replayed': 'true' } };
    }
    const fresh: Kept = { asked, response: sleep(5).then(() => route(call)), isDone: false };
    keys.set(key, fresh);
    return fresh.response.finally(() => (fresh.isDone = true));
  }

  async function route({ method, url, body }: Call): Promise<Response> {
    const form = new URLSearchParams(method === 'GET' ? url.search : body.toString());
    const [, , collection = '', subject, verb] = url.pathname.split('/');
    if (collection === 'refunds') return method === 'POST' ? createRefund(form) : listRefunds(form);
    if (collection !== 'payment_intents') return failed(404, '', `Unrecognized request URL (${method}: ${url.pathname})`);
    if (subject === undefined) return createIntent(form);
    if (subject === 'search') return search(form);
    const intent = intents.get(subject);
    if (!intent) return failed(404, 'resource_missing', `No such payment_intent: '${subject}'`);
    if (verb === 'cancel') return cancel(intent);
    if (verb === 'confirm') return confirm(intent, form);
    return json(200, shown(intent, form.getAll('expand[]').includes('latest_charge')));
  }

  function createIntent(form: URLSearchParams): Response {
    const amount = Number(form.get('amount'));
    if (!Number.isInteger(amount) || amount < 1 || amount > 99_999_999) return failed(400, 'amount_too_large', 'Amount must be no more than 99,999,999');
    const intent: Intent = {
      id: id('pi'),
      object: 'payment_intent',
      amount,
      amount_received: 0,
      currency: form.get('currency') ?? '',
      status: 'requires_payment_method',
      client_secret: '',
      metadata: metadataOf(form),
      last_payment_error: null,
      latest_charge: null,
      livemode: false,
      paidAt: null,
    };
    intent.client_secret = `${intent.id}_secret_${randomBytes(8).toString('hex')}`;
    intents.set(intent.id, intent);
    return json(200, shown(intent));
  }

  function search(form: URLSearchParams): Response {
    const [, paymentId] = /^metadata\["paymentId"\]:"([^"]*)"$/.exec(form.get('query') ?? '') ?? [];
    return json(200, {
      object: 'search_result',
      data: [...intents.values()].filter(({ metadata }) => metadata['paymentId'] === paymentId).map((one) => shown(one)),
    });
  }

  function cancel(intent: Intent): Response {
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      return failed(400, 'payment_intent_unexpected_state', `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`);
    }
    intent.status = 'canceled';
    emit('payment_intent.canceled', shown(intent));
    return json(200, shown(intent));
  }

  /** What Stripe.js does in the buyer's browser. */
  function confirm(intent: Intent, form: URLSearchParams): Response {
    if (form.get('client_secret') !== intent.client_secret) return failed(401, 'payment_intent_authentication_failure', 'wrong client secret');
    if (intent.status !== 'requires_payment_method') return failed(400, 'payment_intent_unexpected_state', `it is ${intent.status}`);
    if (form.get('payment_method') === 'pm_card_chargeDeclined') {
      intent.last_payment_error = { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' };
      emit('payment_intent.payment_failed', shown(intent));
      return failed(402, 'card_declined', 'Your card was declined.', 'card_error');
    }
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, latest_charge: id('ch'), last_payment_error: null, paidAt: seconds() });
    emit('payment_intent.succeeded', shown(intent));
    return json(200, shown(intent));
  }

  function createRefund(form: URLSearchParams): Response {
    const intent = intents.get(form.get('payment_intent') ?? '');
    if (!intent) return failed(404, 'resource_missing', 'No such payment_intent');
    if (intent.status !== 'succeeded') return failed(400, 'payment_intent_unexpected_state', 'it does not have a successful charge to refund');
    const amount = Number(form.get('amount'));
    const given = refunds.filter((one) => one.payment_intent === intent.id && one.status !== 'failed').reduce((sum, one) => sum + one.amount, 0);
    if (given + amount > intent.amount_received) return failed(400, 'charge_already_refunded', 'Refund amount is greater than unrefunded amount on charge');
    const isFailing = amount === FAILS_FIRST && !failedOnce.has(intent.id);
    if (isFailing) failedOnce.add(intent.id);
    const refund: Refund = {
      id: id('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      status: isFailing ? 'failed' : amount === PENDS_FIRST ? 'pending' : 'succeeded',
      ...(isFailing && { failure_reason: 'expired_or_canceled_card' }),
      created: seconds(),
      payment_intent: intent.id,
      metadata: metadataOf(form),
    };
    refunds.push(refund);
    if (refund.status === 'pending') {
      void sleep(200).then(() => {
        refund.status = 'succeeded';
        emit('refund.updated', refund);
      });
    }
    return json(200, refund);
  }

  function listRefunds(form: URLSearchParams): Response {
    const intent = form.get('payment_intent') ?? '';
    if (!intents.has(intent)) return failed(400, 'resource_missing', `No such payment_intent: '${intent}'`);
    return json(200, { object: 'list', has_more: false, data: refunds.filter((one) => one.payment_intent === intent).toReversed() });
  }

  function emit(type: string, object: object, changes: object = {}): void {
    const event = { id: id('evt'), object: 'event', type, created: seconds(), livemode: false, data: { object }, ...changes };
    // A real event is not minified.
    const body = JSON.stringify(event, null, 2);
    company.notify(webhookUrl, { 'content-type': 'application/json', 'stripe-signature': signatureOf(body) }, body);
  }

  const connect = (changes: Partial<StripeSettings> = {}) =>
    createStripeProvider({
      apiUrl: company.origin,
      secretKey: SECRET_KEY,
      publishableKey: PUBLISHABLE_KEY,
      webhookSecret: WEBHOOK_SECRET,
      ...changes,
    });

  async function confirmAs(action: ProviderAction, paymentMethod: string): Promise<void> {
    if (action.type !== 'CLIENT_CONFIRM') throw new Error(`a card is not paid by ${action.type}`);
    const [intentId] = action.clientSecret.split('_secret_');
    await fetch(`${company.origin}/v1/payment_intents/${intentId}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${action.publishableKey}` },
      body: new URLSearchParams({ client_secret: action.clientSecret, payment_method: paymentMethod }),
    });
  }

  return {
    provider: connect(),
    connect,
    company,
    emit,
    /** As after a day. */
    forgetKeys: () => keys.clear(),
    notifyUrl: merchant.notifyUrl,
    notifications: merchant.notifications,
    /** The address that is written down in the account. */
    set webhookUrl(url: string) {
      webhookUrl = url;
    },
    environment: {
      STRIPE_SECRET_KEY: SECRET_KEY,
      STRIPE_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      STRIPE_API_URL: company.origin,
    },
    buyer: {
      open: async () => {},
      pay: (action: ProviderAction) => confirmAs(action, 'pm_card_visa'),
      decline: (action: ProviderAction) => confirmAs(action, 'pm_card_chargeDeclined'),
    },
    withOtherAccount: connect({ secretKey: 'sk_live_ofTheTests' }),
    withOtherKey: connect({ webhookSecret: 'whsec_another' }),
    withClockAhead: (ahead: number) => connect({ now: () => new Date(Date.now() + ahead * 1000) }),
    unreachable: connect({ apiUrl: 'http://127.0.0.1:9' }),
    refundAmounts: { failsFirst: FAILS_FIRST, pendsFirst: PENDS_FIRST },
    async close() {
      await company.close();
      await merchant.close();
    },
  } satisfies ProviderFixture & Record<string, unknown>;
}

const metadataOf = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...form].flatMap(([name, value]) => (name.startsWith('metadata[') ? [[name.slice(9, -1), value]] : [])));

function shown({ paidAt, ...intent }: Intent, isExpanded = false): object {
  return isExpanded && paidAt !== null ? { ...intent, latest_charge: { id: intent.latest_charge, object: 'charge', created: paidAt } } : intent;
}

function signatureOf(body: string): string {
  const timestamp = seconds();
  return `t=${timestamp},v1=${createHmac('sha256', WEBHOOK_SECRET).update(`${timestamp}.${body}`).digest('hex')}`;
}

function subjectOf({ body }: RawNotification): string | undefined {
  return JSON.parse(body.toString()).data.object.metadata?.paymentId;
}
