import { createHmac } from 'node:crypto';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeProvider } from './contract.ts';
import { createWorkbench, type Traits } from './contract/workbench.ts';
import { openStripe } from './fakes/stripe.fixture.ts';
import { InvalidNotificationError, ProviderRejectedError, ProviderUnavailableError } from './provider.ts';
import { fromStripeAmount, toStripeAmount } from './stripe/amounts.ts';

const TRAITS: Traits = {
  methods: ['BANK_CARD'],
  currencies: null,
  notificationTolerance: 300,
  signatureHeaders: ['stripe-signature'],
  afterDecline: 'REQUIRES_ACTION',
  notifiesDeclines: true,
  numbersAtOnce: true,
  largestAmount: 99_999_999,
};

describeProvider('stripe', openStripe, TRAITS);

describe('Stripe', () => {
  const bench = createWorkbench<Awaited<ReturnType<typeof openStripe>>>(TRAITS);
  const { created, paid, order, refundOf } = bench;

  beforeAll(async () => {
    bench.fixture = await openStripe();
  });
  afterAll(() => bench.fixture.close());

  const sdk = () => {
    const { hostname, port } = new URL(bench.fixture.environment.STRIPE_API_URL);
    return new Stripe(bench.fixture.environment.STRIPE_SECRET_KEY, {
      host: hostname,
      port: Number(port),
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
    });
  };

  describe('as its own library knows it', () => {
    test('understands the company of these tests', async () => {
      const { reference, paymentId } = await created();
      const intent = await sdk().paymentIntents.retrieve(reference);
      expect(intent).toMatchObject({ amount: 25_900, currency: 'cny', metadata: { paymentId } });
      const made = await sdk().paymentIntents.create(
        { amount: 100, currency: 'usd', allowed_payment_method_types: ['card'] },
        { idempotencyKey: 'by-the-library' },
      );
      const again = await sdk().paymentIntents.create(
        { amount: 100, currency: 'usd', allowed_payment_method_types: ['card'] },
        { idempotencyKey: 'by-the-library' },
      );
      expect(again.id).toBe(made.id);
      expect((await sdk().paymentIntents.cancel(made.id)).status).toBe('canceled');
      await expect(sdk().refunds.create({ payment_intent: made.id })).rejects.toThrow(Stripe.errors.StripeInvalidRequestError);
    });

    test('verifies what this company sends, and signs what we verify', async () => {
      const { raw, paymentId } = await paid();
      const { STRIPE_WEBHOOK_SECRET: secret } = bench.fixture.environment;
      const event = Stripe.webhooks.constructEvent(raw.body, String(raw.headers['stripe-signature']), secret);
      expect(event.type).toBe('payment_intent.succeeded');
      const header = Stripe.webhooks.generateTestHeaderString({ payload: raw.body.toString(), secret });
      expect(await bench.provider.verifyNotification({ headers: { 'stripe-signature': header }, body: raw.body })).toMatchObject({
        kind: 'PAYMENT',
        paymentId,
      });
    });
  });

  describe('its notifications', () => {
    const signed = (event: object, secrets = [bench.fixture.environment.STRIPE_WEBHOOK_SECRET]) => {
      const body = JSON.stringify({ id: 'evt_1', created: 1_700_000_000, livemode: false, data: { object: {} }, ...event });
      const timestamp = Math.floor(Date.now() / 1000);
      const signatures = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`);
      return { headers: { 'stripe-signature': [`t=${timestamp}`, ...signatures, 'v0=old'].join(',') }, body: Buffer.from(body) };
    };
    const intent = { id: 'pi_1', object: 'payment_intent', amount: 100, amount_received: 100, currency: 'usd', status: 'succeeded' };

    test('are taken under the old and the new secret while one replaces the other', async () => {
      const raw = signed({ type: 'customer.created' }, ['whsec_new', bench.fixture.environment.STRIPE_WEBHOOK_SECRET]);
      expect(await bench.provider.verifyNotification(raw)).toMatchObject({ kind: 'OTHER' });
    });

    test.each([
      ['an event that we did not ask for', { type: 'charge.succeeded' }],
      ['a payment of another system on this account', { type: 'payment_intent.succeeded', data: { object: { ...intent, metadata: {} } } }],
      [
        'a refund of another system',
        {
          type: 'refund.updated',
          data: { object: { id: 're_1', object: 'refund', amount: 1, currency: 'usd', status: 'succeeded', created: 1, metadata: null } },
        },
      ],
    ])('%s is authentic and none of our business', async (_what, event) => {
      expect(await bench.provider.verifyNotification(signed(event))).toEqual({ kind: 'OTHER', eventId: 'evt_1', topic: event.type });
    });

    test.each([
      ['live mode', { type: 'payment_intent.succeeded', livemode: true }],
      ['a connected account', { type: 'payment_intent.succeeded', account: 'acct_other' }],
    ])('of %s are refused', async (_what, event) => {
      await expect(bench.provider.verifyNotification(signed(event))).rejects.toThrow(InvalidNotificationError);
    });
  });

  describe('when an answer is lost', () => {
    test('the payment is found by our number, and closed', async () => {
      const request = order();
      bench.fixture.company.tamper = () => ({ status: 502 });
      await expect(bench.provider.create(request)).rejects.toThrow(ProviderUnavailableError);
      bench.fixture.company.tamper = null;
      expect(await bench.provider.query(request.paymentId)).toMatchObject({ status: 'REQUIRES_ACTION' });
      expect(await bench.provider.close(request.paymentId)).toMatchObject({ status: 'CLOSED' });
    });

    test('a refund is not made twice, though its key has been forgotten', async () => {
      const refund = refundOf(await paid());
      bench.fixture.company.tamper = ({ status, ...response }) => ({
        ...response,
        status: status === 200 && response.body?.includes('"refund"') && !response.body.includes('"list"') ? 500 : status,
      });
      await expect(bench.provider.refund(refund)).rejects.toThrow(ProviderUnavailableError);
      bench.fixture.company.tamper = null;
      bench.fixture.forgetKeys();
      await bench.provider.refund(refund);
      const { data } = await sdk().refunds.list({ payment_intent: refund.reference });
      expect(data).toHaveLength(1);
    });

    test.each([429, 500, 503])('%i says nothing about what was done', async (status) => {
      bench.fixture.company.tamper = () => ({ status, body: '{"error":{"type":"api_error"}}' });
      await expect(bench.provider.create(order())).rejects.toThrow(ProviderUnavailableError);
      bench.fixture.company.tamper = null;
    });
  });

  test('a wrong key of ours is a definite no', async () => {
    await expect(bench.fixture.connect({ secretKey: 'sk_test_wrong' }).create(order())).rejects.toThrow(ProviderRejectedError);
  });

  test('no request carries anything of a card', () => {
    const sent = bench.fixture.company.calls.filter(({ url }) => !url.pathname.endsWith('/confirm')).map(({ url, body }) => `${url.search}${body.toString()}`);
    expect(sent.filter((text) => /number|cvc|exp_/.test(text))).toEqual([]);
  });

  test.each([
    ['USD', 1_234, 1_234],
    ['CNY', 1, 1],
    ['JPY', 500, 500],
    ['KWD', 1_230, 1_230],
    ['ISK', 12, 1_200],
    ['HUF', 1_234_500 / 100, 1_234_500],
  ])('counts %s: %i of ours are %i of its own', (currency, amount, units) => {
    expect(toStripeAmount(amount, currency)).toBe(units);
    expect(fromStripeAmount(units, currency)).toBe(amount);
  });

  test('what its units cannot say is not charged', async () => {
    expect(fromStripeAmount(1_250, 'ISK')).toBeNull();
    expect(toStripeAmount(2 ** 53 - 1, 'ISK')).toBeNull();
    await expect(bench.provider.create(order({ currency: 'ISK', amount: 2 ** 53 - 1 }))).rejects.toThrow(ProviderRejectedError);
  });
});
