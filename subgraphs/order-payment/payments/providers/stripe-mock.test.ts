import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Company, openCompany } from './fakes/company.fixture.ts';
import { startStripeMock, whyNoStripeMock } from './fakes/stripe-mock.fixture.ts';
import type { PaymentProvider } from './provider.ts';
import { createStripeProvider } from './stripe.ts';

const missing = whyNoStripeMock();

describe.skipIf(missing !== null)(`every request to Stripe is as Stripe describes it${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  const answers: { request: string; status: number; body: string }[] = [];
  let mock: Awaited<ReturnType<typeof startStripeMock>>;
  let witness: Company;
  let provider: PaymentProvider;

  beforeAll(async () => {
    mock = await startStripeMock();
    witness = await openCompany(async ({ method, url, headers, body }) => {
      const { host: _host, connection: _connection, 'content-length': _length, ...kept } = headers;
      const answer = await fetch(`${mock.origin}${url.pathname}${url.search}`, {
        method,
        headers: kept as Record<string, string>,
        body: method === 'POST' ? body.toString() : null,
      });
      const text = await answer.text();
      answers.push({ request: `${method} ${url.pathname.replace(/(payment_intents)\/(?!search)[^/]+/, '$1/:id')}`, status: answer.status, body: text });
      return { status: answer.status, body: text };
    });
    const keys = { secretKey: 'sk_test_mock', publishableKey: 'pk_test_mock', webhookSecret: 'whsec_mock' };
    provider = createStripeProvider({ apiUrl: witness.origin, ...keys });
  }, 300_000);
  afterAll(async () => {
    await witness?.close();
    await mock?.close();
  });

  test('it accepts them all', async () => {
    const money = { paymentId: 'pay_01', amount: 1_000, currency: 'USD', notifyUrl: 'http://127.0.0.1:9' } as const;
    const { paymentId } = money;
    const order = { method: 'BANK_CARD', client: 'WEB', description: 'Order 1', merchantName: 'Tea', locale: 'en' } as const;
    const created = await provider.create({ ...money, ...order, deadline: new Date(Date.now() + 60_000) });
    const { reference } = created.payment;
    await provider.query(paymentId, reference);
    await provider.query(paymentId);
    await provider.close(paymentId, reference);
    // It keeps no state: what it answers is not the refund that was asked for, which is our concern, not its own.
    await provider.refund({ ...money, refundKey: 'refund_01-1', reference, reason: 'Changed mind' }).catch(() => {});
    await provider.queryRefund('refund_01-1', paymentId, reference);

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect([...new Set(answers.map((answer) => answer.request))].sort()).toEqual([
      'GET /v1/payment_intents/:id',
      'GET /v1/payment_intents/search',
      'GET /v1/refunds',
      'POST /v1/payment_intents',
      'POST /v1/payment_intents/:id/cancel',
      'POST /v1/refunds',
    ]);
  });

  test('and would have refused one that is not', async () => {
    const body = new URLSearchParams({ amount: '1000', currency: 'usd', card_number: '1' });
    const answer = await fetch(`${mock.origin}/v1/payment_intents`, { method: 'POST', headers: { authorization: 'Bearer sk_test_mock' }, body });
    expect(answer.status).toBe(400);
  });
});
