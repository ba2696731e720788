import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CreatePayment,
  InvalidNotificationError,
  type PaymentProvider,
  type ProviderAction,
  type ProviderActionType,
  ProviderRejectedError,
  ProviderUnavailableError,
  type RawNotification,
  type RefundPayment,
} from './provider.ts';

/** A provider as it runs in tests, with the buyer's side of it. */
export interface ProviderFixture {
  provider: PaymentProvider;
  notifyUrl: string;
  /** What came to `notifyUrl` about this payment, once there are so many. */
  notifications(paymentId: string, count: number): Promise<RawNotification[]>;
  buyer: Record<'pay' | 'decline', (action: ProviderAction) => Promise<unknown>>;
  /** Clients of the same provider that should not understand its notifications, or not reach it at all. */
  withOtherAccount: PaymentProvider;
  withOtherKey: PaymentProvider;
  withClockAhead(seconds: number): PaymentProvider;
  unreachable: PaymentProvider;
  /** Amounts whose refund is not made at once. */
  refundAmounts: { failsFirst: number; pendsFirst: number };
  close(): Promise<void>;
}

interface Traits {
  /** Seconds after which a notification is too old; null where the provider repeats old ones. */
  notificationTolerance: number | null;
}

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

const AMOUNT = 25_900;

/** What every provider must keep, whoever it is. */
export function describeProvider(name: string, makeFixture: () => Promise<ProviderFixture>, { notificationTolerance }: Traits): void {
  describe(`the provider ${name}`, () => {
    let fixture: ProviderFixture;
    let provider: PaymentProvider;

    beforeAll(async () => {
      fixture = await makeFixture();
      ({ provider } = fixture);
    });
    afterAll(() => fixture.close());

    const order = (changes: Partial<CreatePayment> = {}): CreatePayment => ({
      paymentId: `payment_${randomUUID()}`,
      method: provider.methods[0] ?? 'BANK_CARD',
      client: 'WEB',
      amount: AMOUNT,
      currency: 'CNY',
      description: 'Order 20260822-7F3K9Q2M',
      merchantName: 'Tea & Co',
      deadline: new Date(Date.now() + 60_000),
      notifyUrl: fixture.notifyUrl,
      wechatOpenId: 'o-buyer',
      locale: 'en',
      ...changes,
    });

    async function created(changes: Partial<CreatePayment> = {}) {
      const request = order(changes);
      const { payment, action } = await provider.create(request);
      if (!action) throw new Error(`no action, but ${payment.status}`);
      return { request, paymentId: request.paymentId, reference: payment.reference, payment, action };
    }

    async function paid(amount = AMOUNT) {
      const payment = await created({ amount });
      await fixture.buyer.pay(payment.action);
      const [raw] = await fixture.notifications(payment.paymentId, 1);
      if (!raw) throw new Error('no notification');
      return { ...payment, raw };
    }

    const refundOf = ({ paymentId, reference }: { paymentId: string; reference: string }, changes: Partial<RefundPayment> = {}) => ({
      refundKey: `refund_${randomUUID()}:1`,
      paymentId,
      reference,
      amount: 1_000,
      currency: 'CNY',
      reason: 'Changed mind',
      notifyUrl: fixture.notifyUrl,
      ...changes,
    });

    describe('creating', () => {
      test.for(OFFERS)('%s on %s %s a returnUrl is %s', async ([method, client, returnUrl, type], { skip }) => {
        skip(!provider.methods.includes(method), `${name} does not serve ${method}`);
        const { action, payment } = await created({ method, client, returnUrl: returnUrl === 'with' ? 'https://shop.example/paid' : undefined });
        expect(action.type).toBe(type);
        expect(provider.actionTypes(method, client)).toContain(type);
        expect(payment).toMatchObject({ status: 'REQUIRES_ACTION', amount: AMOUNT, currency: 'CNY' });
      });

      test('the same key, also ten times at once, is one payment', async () => {
        const request = order();
        const all = await Promise.all(Array.from({ length: 10 }, () => provider.create(request)));
        expect(new Set(all.map(({ payment }) => payment.reference)).size).toBe(1);
        expect(new Set(all.map(({ action }) => JSON.stringify(action))).size).toBe(1);
      });

      test('the same key with another amount is rejected', async () => {
        const { request } = await created();
        await expect(provider.create({ ...request, amount: AMOUNT + 1 })).rejects.toThrow(ProviderRejectedError);
      });

      test('amounts beyond 32 bits are kept exactly', async () => {
        const amount = 2 ** 53 - 1;
        const { paymentId } = await created({ amount });
        expect(await provider.query(paymentId)).toMatchObject({ amount });
      });

      test('after the deadline there is nothing to do', async () => {
        const { payment, action } = await provider.create(order({ deadline: new Date(Date.now() - 1_000) }));
        expect(payment.status).toBe('CLOSED');
        expect(action).toBeNull();
      });

      test('a method that cannot be used on a client is rejected', async () => {
        expect(provider.actionTypes('COMPANY_CREDIT', 'WEB')).toEqual([]);
        await expect(provider.create(order({ method: 'COMPANY_CREDIT' }))).rejects.toThrow(ProviderRejectedError);
      });
    });

    describe('paying', () => {
      test('an unknown payment is null', async () => {
        expect(await provider.query('payment_unknown')).toBeNull();
        expect(await provider.close('payment_unknown')).toBeNull();
        expect(await provider.queryRefund('refund_unknown', 'payment_unknown')).toBeNull();
      });

      test('a paid one is notified, and a query says the same', async () => {
        const { paymentId, reference, raw } = await paid();
        const notification = await provider.verifyNotification(raw);
        const payment = { status: 'SUCCEEDED', reference, amount: AMOUNT, currency: 'CNY', paidAt: expect.any(Date) };
        expect(notification).toMatchObject({ kind: 'PAYMENT', paymentId, eventId: expect.any(String), payment });
        expect(await provider.query(paymentId, reference)).toMatchObject(payment);
      });

      test('a declined one failed', async () => {
        const { paymentId, action } = await created();
        await fixture.buyer.decline(action);
        const [raw] = await fixture.notifications(paymentId, 1);
        const failed = { status: 'FAILED', failure: { code: expect.any(String), message: expect.any(String) } };
        expect(raw && (await provider.verifyNotification(raw))).toMatchObject({ paymentId, payment: failed });
        expect(await provider.query(paymentId)).toMatchObject(failed);
      });

      test('creating again after it was paid answers so', async () => {
        const { request } = await paid();
        expect(await provider.create(request)).toMatchObject({ payment: { status: 'SUCCEEDED' }, action: null });
      });
    });

    describe('closing', () => {
      test('an open one is closed, once and again', async () => {
        const { paymentId } = await created();
        expect(await provider.close(paymentId)).toMatchObject({ status: 'CLOSED' });
        expect(await provider.close(paymentId)).toMatchObject({ status: 'CLOSED' });
        expect(await provider.query(paymentId)).toMatchObject({ status: 'CLOSED' });
      });

      test('a paid one stays paid', async () => {
        const { paymentId } = await paid();
        expect(await provider.close(paymentId)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT });
      });

      test('paying against closing: one of them wins', async () => {
        for (let round = 0; round < 10; round += 1) {
          const { paymentId, action } = await created();
          const [closed] = await Promise.all([provider.close(paymentId), fixture.buyer.pay(action)]);
          expect(await provider.query(paymentId)).toMatchObject({ status: closed?.status });
        }
      });
    });

    describe('refunding', () => {
      test('is done once per key, also ten times at once', async () => {
        const refund = refundOf(await paid());
        const all = await Promise.all(Array.from({ length: 10 }, () => provider.refund(refund)));
        expect(new Set(all.map(({ reference }) => reference)).size).toBe(1);
        expect(all[0]).toMatchObject({ refundKey: refund.refundKey, status: 'SUCCEEDED', amount: 1_000, succeededAt: expect.any(Date) });
        expect(await provider.queryRefund(refund.refundKey, refund.paymentId)).toEqual(all[0]);
        await expect(provider.refund({ ...refund, amount: 1_001 })).rejects.toThrow(ProviderRejectedError);
      });

      test('goes up to what was captured, and not beyond', async () => {
        const payment = await paid();
        await provider.refund(refundOf(payment, { amount: AMOUNT - 500 }));
        await expect(provider.refund(refundOf(payment, { amount: 501 }))).rejects.toThrow(ProviderRejectedError);
        expect(await provider.refund(refundOf(payment, { amount: 500 }))).toMatchObject({ status: 'SUCCEEDED' });
        await expect(provider.refund(refundOf(payment, { amount: 1 }))).rejects.toThrow(ProviderRejectedError);
      });

      test('many at once stay within it', async () => {
        const payment = await paid();
        const tries = await Promise.allSettled(Array.from({ length: 8 }, () => provider.refund(refundOf(payment, { amount: AMOUNT / 4 }))));
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
      });

      test('is rejected in another currency, before the payment, and for an unknown one', async () => {
        const payment = await paid();
        const unpaid = await created();
        await expect(provider.refund(refundOf(payment, { currency: 'USD' }))).rejects.toThrow(ProviderRejectedError);
        await expect(provider.refund(refundOf(unpaid))).rejects.toThrow(ProviderRejectedError);
        await expect(provider.refund(refundOf({ paymentId: 'payment_unknown', reference: 'none' }))).rejects.toThrow(ProviderRejectedError);
      });

      test('that fails can be tried again under the next key', async () => {
        const payment = await paid();
        const amount = fixture.refundAmounts.failsFirst;
        const first = refundOf(payment, { amount });
        expect(await provider.refund(first)).toMatchObject({ status: 'FAILED', failure: { code: expect.any(String) } });
        expect(await provider.refund(first)).toMatchObject({ status: 'FAILED' });
        expect(await provider.refund(refundOf(payment, { amount }))).toMatchObject({ status: 'SUCCEEDED' });
      });

      test('that is pending is notified when it is done, and counts at once', async () => {
        const amount = fixture.refundAmounts.pendsFirst;
        const payment = await paid(amount);
        const refund = refundOf(payment, { amount });
        expect(await provider.refund(refund)).toMatchObject({ status: 'PENDING' });
        await expect(provider.refund(refundOf(payment, { amount: 1 }))).rejects.toThrow(ProviderRejectedError);
        const [, raw] = await fixture.notifications(payment.paymentId, 2);
        expect(raw && (await provider.verifyNotification(raw))).toMatchObject({
          kind: 'REFUND',
          paymentId: payment.paymentId,
          refund: { refundKey: refund.refundKey, status: 'SUCCEEDED', amount },
        });
        expect(await provider.queryRefund(refund.refundKey, payment.paymentId)).toMatchObject({ status: 'SUCCEEDED' });
      });
    });

    describe('notifications are refused', () => {
      const refused = (by: PaymentProvider, raw: RawNotification) => expect(by.verifyNotification(raw)).rejects.toThrow(InvalidNotificationError);

      test('with any byte altered', async () => {
        const { raw } = await paid();
        for (const position of [0, Math.floor(raw.body.length / 2), raw.body.length - 1]) {
          const body = Buffer.from(raw.body);
          body.writeUInt8(body.readUInt8(position) ^ 1, position);
          await refused(provider, { ...raw, body });
        }
        await refused(provider, { ...raw, body: Buffer.concat([raw.body, Buffer.from('\n')]) });
      });

      test('without their headers', async () => {
        const { raw } = await paid();
        await refused(provider, { ...raw, headers: {} });
      });

      test('under another key, or for another account', async () => {
        const { raw } = await paid();
        await refused(fixture.withOtherKey, raw);
        await refused(fixture.withOtherAccount, raw);
      });

      test.runIf(notificationTolerance !== null)('when too old or from the future', async () => {
        const { raw } = await paid();
        const seconds = notificationTolerance ?? 0;
        await refused(fixture.withClockAhead(seconds + 10), raw);
        await refused(fixture.withClockAhead(-seconds - 10), raw);
        expect(await fixture.withClockAhead(seconds - 10).verifyNotification(raw)).toMatchObject({ kind: 'PAYMENT' });
      });
    });

    test('where the provider cannot be reached, the outcome is unknown', async () => {
      await expect(fixture.unreachable.create(order())).rejects.toThrow(ProviderUnavailableError);
      await expect(fixture.unreachable.query('payment_any')).rejects.toThrow(ProviderUnavailableError);
    });
  });
}
