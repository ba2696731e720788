import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describePayments } from './contract/payments.ts';
import { describeRefunds } from './contract/refunds.ts';
import { describeSignatures } from './contract/signatures.ts';
import { createWorkbench, type ProviderFixture, type Traits } from './contract/workbench.ts';
import { ProviderUnavailableError } from './provider.ts';

export type { ProviderFixture, Traits } from './contract/workbench.ts';

/** What every provider must keep, whoever it is. */
export function describeProvider<F extends ProviderFixture>(name: string, makeFixture: () => Promise<F>, traits: Traits<F>): void {
  describe(`the provider ${name}`, { timeout: 30_000 }, () => {
    const bench = createWorkbench(traits);

    beforeAll(async () => {
      bench.fixture = await makeFixture();
    });
    afterAll(() => bench.fixture.close());

    describePayments(bench);
    describeRefunds(bench);
    describeSignatures(bench);

    test('where the provider cannot be reached, the outcome is unknown', async () => {
      const { unreachable } = bench.fixture;
      const { paymentId, ...order } = bench.order();
      const refund = { ...bench.refundOf({ paymentId, reference: 'none' }), currency: order.currency };
      for (const call of [
        unreachable.create({ ...order, paymentId }),
        unreachable.query(paymentId),
        unreachable.close(paymentId),
        unreachable.refund(refund),
        unreachable.queryRefund(refund.refundKey, paymentId),
      ]) {
        await expect(call).rejects.toThrow(ProviderUnavailableError);
      }
    });
  });
}
