import { describe, expect, test } from 'vitest';
import { ProviderRejectedError } from '../provider.ts';
import { AMOUNT, type ProviderFixture, type Workbench } from './workbench.ts';

export function describeRefunds<F extends ProviderFixture>(bench: Workbench<F>): void {
  const { created, paid, refundOf } = bench;

  describe('refunding', () => {
    test('is done once per key, also ten times at once', async () => {
      const refund = refundOf(await paid());
      const all = await Promise.all(Array.from({ length: 10 }, () => bench.provider.refund(refund)));
      expect(new Set(all.map(({ reference }) => reference)).size).toBe(1);
      expect(all[0]).toMatchObject({ refundKey: refund.refundKey, status: 'SUCCEEDED', amount: 1_000, succeededAt: expect.any(Date) });
      expect(await bench.provider.queryRefund(refund.refundKey, refund.paymentId)).toEqual(all[0]);
      await expect(bench.provider.refund({ ...refund, amount: 1_001 })).rejects.toThrow(ProviderRejectedError);
      await bench.provider.refund(refundOf(refund, { amount: AMOUNT - 1_000 }));
    });

    test('goes up to what was captured, and not beyond; the payment stays paid', async () => {
      const payment = await paid();
      await bench.provider.refund(refundOf(payment, { amount: AMOUNT - 500 }));
      await expect(bench.provider.refund(refundOf(payment, { amount: 501 }))).rejects.toThrow(ProviderRejectedError);
      expect(await bench.provider.query(payment.paymentId)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT });
      expect(await bench.provider.refund(refundOf(payment, { amount: 500 }))).toMatchObject({ status: 'SUCCEEDED' });
      await expect(bench.provider.refund(refundOf(payment, { amount: 1 }))).rejects.toThrow(ProviderRejectedError);
      expect(await bench.provider.query(payment.paymentId)).toMatchObject({ status: 'SUCCEEDED', amount: AMOUNT });
      expect(await bench.provider.close(payment.paymentId)).toMatchObject({ status: 'SUCCEEDED' });
    });

    test('many at once stay within it', async () => {
      const payment = await paid();
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => bench.provider.refund(refundOf(payment, { amount: AMOUNT / 4 }))));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    });

    test('is rejected in another currency, before the payment, and for an unknown one', async () => {
      const payment = await paid();
      const unpaid = await created();
      await expect(bench.provider.refund(refundOf(payment, { currency: 'USD' }))).rejects.toThrow(ProviderRejectedError);
      await expect(bench.provider.refund(refundOf(unpaid))).rejects.toThrow(ProviderRejectedError);
      await expect(bench.provider.refund(refundOf({ paymentId: 'pay_unknown', reference: 'none' }))).rejects.toThrow(ProviderRejectedError);
      expect(await bench.provider.queryRefund('refund_unknown-1', payment.paymentId, payment.reference)).toBeNull();
    });

    test('that fails can be tried again under the next key', async () => {
      const payment = await paid();
      const amount = bench.fixture.refundAmounts.failsFirst;
      const first = refundOf(payment, { amount });
      expect(await bench.provider.refund(first)).toMatchObject({ status: 'FAILED', failure: { code: expect.any(String) } });
      expect(await bench.provider.refund(first)).toMatchObject({ status: 'FAILED' });
      expect(await bench.provider.refund(refundOf(payment, { amount }))).toMatchObject({ status: 'SUCCEEDED' });
    });

    test('that is pending is notified when it is done, and counts at once', async () => {
      const amount = bench.fixture.refundAmounts.pendsFirst;
      const payment = await paid(amount);
      const refund = refundOf(payment, { amount });
      expect(await bench.provider.refund(refund)).toMatchObject({ status: 'PENDING' });
      await expect(bench.provider.refund(refundOf(payment, { amount: 1 }))).rejects.toThrow(ProviderRejectedError);
      const [, raw] = await bench.fixture.notifications(payment.paymentId, 2);
      expect(raw && (await bench.provider.verifyNotification(raw))).toMatchObject({
        kind: 'REFUND',
        paymentId: payment.paymentId,
        refund: { refundKey: refund.refundKey, status: 'SUCCEEDED', amount },
      });
      expect(await bench.provider.queryRefund(refund.refundKey, payment.paymentId)).toMatchObject({ status: 'SUCCEEDED' });
      expect(await bench.provider.refund(refund)).toMatchObject({ status: 'SUCCEEDED' });
    });
  });
}
