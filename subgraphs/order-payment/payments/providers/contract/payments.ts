import { describe, expect, test } from 'vitest';
import { type CreatePayment, type ProviderActionType, ProviderRejectedError } from '../provider.ts';
import { AMOUNT, type ProviderFixture, type Workbench } from './workbench.ts';

type Offer = readonly [method: CreatePayment['method'], client: CreatePayment['client'], returnUrl: 'with' | 'without', action: ProviderActionType];

const OFFERS: readonly Offer[] = [
  ['ALIPAY', 'WEB', 'without', 'QR_CODE'],
  ['ALIPAY', 'WEB', 'with', 'REDIRECT'],
  ['ALIPAY', 'POS', 'without', 'QR_CODE'],
  ['ALIPAY', 'POS', 'with', 'REDIRECT'],
  ['ALIPAY', 'MOBILE_WEB', 'without', 'REDIRECT'],
  ['ALIPAY', 'MOBILE_WEB', 'with', 'REDIRECT'],
  ['ALIPAY', 'IOS', 'with', 'APP_INVOKE'],
  ['ALIPAY', 'ANDROID', 'without', 'APP_INVOKE'],
  ['WECHAT_PAY', 'WEB', 'with', 'QR_CODE'],
  ['WECHAT_PAY', 'POS', 'without', 'QR_CODE'],
  ['WECHAT_PAY', 'MOBILE_WEB', 'with', 'REDIRECT'],
  ['WECHAT_PAY', 'WECHAT_IN_APP', 'with', 'APP_INVOKE'],
  ['WECHAT_PAY', 'MINI_PROGRAM', 'without', 'APP_INVOKE'],
  ['WECHAT_PAY', 'IOS', 'without', 'APP_INVOKE'],
  ['WECHAT_PAY', 'ANDROID', 'without', 'APP_INVOKE'],
  ['BANK_CARD', 'WEB', 'with', 'CLIENT_CONFIRM'],
  ['BANK_CARD', 'MINI_PROGRAM', 'without', 'CLIENT_CONFIRM'],
];

export function describePayments<F extends ProviderFixture>(bench: Workbench<F>): void {
  const { traits, order, created, paid } = bench;

  describe('creating', () => {
    const offers = OFFERS.filter(([method]) => traits.methods.includes(method));
    test.each(offers)('%s on %s %s a returnUrl is %s, and can be paid so', async (method, client, returnUrl, type) => {
      const { provider, fixture } = bench;
      const { action, payment, paymentId } = await created({
        method,
        client,
        returnUrl: returnUrl === 'with' ? 'https://shop.example/paid?a=1&b=2' : undefined,
      });
      expect(action.type).toBe(type);
      expect(provider.actionTypes(method, client)).toContain(type);
      expect(payment).toMatchObject({ status: 'REQUIRES_ACTION', amount: AMOUNT, currency: 'CNY' });
      await fixture.buyer.pay(action);
      expect(await provider.query(paymentId)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT, currency: 'CNY' });
    });

    test('the same key, also ten times at once, is one payment', async () => {
      const request = order();
      const all = await Promise.all(Array.from({ length: 10 }, () => bench.provider.create(request)));
      expect(new Set(all.map(({ payment }) => payment.reference)).size).toBe(1);
      expect(new Set(all.map(({ action }) => JSON.stringify(action))).size).toBe(1);
    });

    test('the same key with another amount is rejected', async () => {
      const { request } = await created();
      await expect(bench.provider.create({ ...request, amount: AMOUNT + 1 })).rejects.toThrow(ProviderRejectedError);
    });

    test('the smallest and the largest amount are kept exactly', async () => {
      for (const amount of [1, 9, 10, 99, 101, 20_000_009, traits.largestAmount - 1, traits.largestAmount]) {
        const { paymentId } = await created({ amount });
        expect(await bench.provider.query(paymentId)).toMatchObject({ amount });
      }
    });

    test('after the deadline there is nothing to do', async () => {
      const { payment, action } = await bench.provider.create(order({ deadline: new Date(Date.now() - 1_000) }));
      expect(payment.status).toBe('CLOSED');
      expect(action).toBeNull();
    });

    test('a method that cannot be used on a client is rejected', async () => {
      expect(bench.provider.actionTypes('COMPANY_CREDIT', 'WEB')).toEqual([]);
      await expect(bench.provider.create(order({ method: 'COMPANY_CREDIT' }))).rejects.toThrow(ProviderRejectedError);
    });

    test('it serves its methods, in its currencies and in no other', async () => {
      expect(bench.provider.methods).toEqual(traits.methods);
      expect(bench.provider.currencies).toEqual(traits.currencies);
      const inDollars = bench.provider.create(order({ currency: 'USD' })).then(
        () => 'taken',
        (error: unknown) => (error instanceof ProviderRejectedError ? 'rejected' : error),
      );
      expect(await inDollars).toBe(traits.currencies === null ? 'taken' : 'rejected');
    });
  });

  describe('paying', () => {
    test('an unknown payment is null', async () => {
      const { provider } = bench;
      expect(await provider.query('pay_unknown')).toBeNull();
      expect(await provider.close('pay_unknown')).toBeNull();
      expect(await provider.queryRefund('refund_unknown-1', 'pay_unknown')).toBeNull();
    });

    test('a paid one is notified, and a query says the same', async () => {
      const { paymentId, reference, raw } = await paid();
      const notification = await bench.provider.verifyNotification(raw);
      const payment = { status: 'SUCCEEDED', reference: expect.any(String), amount: AMOUNT, currency: 'CNY', paidAt: expect.any(Date) };
      expect(notification).toMatchObject({ kind: 'PAYMENT', paymentId, eventId: expect.any(String), payment });
      const asked = await bench.provider.query(paymentId, reference);
      expect(asked).toMatchObject(payment);
      expect(notification).toMatchObject({ payment: { reference: asked?.reference } });
      if (traits.numbersAtOnce) expect(asked?.reference).toBe(reference);
    });

    test('a declined one is over, or stays open, as the company has it', async () => {
      const { paymentId, action } = await created();
      await bench.fixture.buyer.decline(action);
      const after = { status: traits.afterDecline, ...(traits.notifiesDeclines && { failure: { code: expect.any(String), message: expect.any(String) } }) };
      if (traits.notifiesDeclines) {
        const [raw] = await bench.fixture.notifications(paymentId, 1);
        expect(raw && (await bench.provider.verifyNotification(raw))).toMatchObject({ paymentId, payment: after });
      }
      expect(await bench.provider.query(paymentId)).toMatchObject(after);
      if (traits.afterDecline === 'REQUIRES_ACTION') {
        await bench.fixture.buyer.pay(action);
        expect(await bench.provider.query(paymentId)).toMatchObject({ status: 'SUCCEEDED', failure: undefined });
      }
    });

    test('creating again after it was paid answers so', async () => {
      const { request } = await paid();
      expect(await bench.provider.create(request)).toMatchObject({ payment: { status: 'SUCCEEDED' }, action: null });
    });

    test('creating again after it was closed answers so', async () => {
      const { request, paymentId } = await created();
      await bench.provider.close(paymentId);
      expect(await bench.provider.create(request)).toMatchObject({ payment: { status: 'CLOSED' }, action: null });
    });
  });

  describe('closing', () => {
    test('an open one is closed, once and again, and takes no money any more', async () => {
      const { paymentId, action } = await created();
      expect(await bench.provider.close(paymentId)).toMatchObject({ status: 'CLOSED' });
      expect(await bench.provider.close(paymentId)).toMatchObject({ status: 'CLOSED' });
      await bench.fixture.buyer.pay(action);
      expect(await bench.provider.query(paymentId)).toMatchObject({ status: 'CLOSED' });
    });

    test('a paid one stays paid', async () => {
      const { paymentId, reference } = await paid();
      expect(await bench.provider.close(paymentId)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT });
      expect(await bench.provider.close(paymentId, reference)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT });
    });

    test('paying against closing: one of them wins', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { paymentId, action } = await created();
        const [closed] = await Promise.all([bench.provider.close(paymentId), bench.fixture.buyer.pay(action)]);
        expect(await bench.provider.query(paymentId)).toMatchObject({ status: closed?.status });
      }
    });
  });
}
