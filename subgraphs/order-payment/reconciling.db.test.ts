import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer, staff } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type PayingShop, startPayingShop } from './paying.fixture.ts';
import { settleAnomaly } from './payments/anomalies.ts';
import { record } from './payments/arrivals.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
});
afterAll(() => shop[Symbol.asyncDispose]());

const context = () => shop.running('order-payment').runtime.systemContext() as Context;
const cashier = staff('payments:reconcile');
const RESOLVE = `mutation ($input: PaymentAnomalyResolveInput!) { paymentAnomalyResolve(input: $input) {
  anomaly { id resolution note resolvedAt giveBack { status attempts failure { code } } } userErrors { __typename code path } } }`;
const resolve = (input: object, who = cashier) =>
  shop.must('order-payment', RESOLVE, { input: { resolution: 'MANUALLY_REFUNDED', note: 'Paid back by transfer.', idempotencyKey: key(), ...input } }, who);
const anomalyOf = async (filter: object) => (await shop.rows('payment-anomaly', filter))[0];
const paymentOf = async (id: string) => (await shop.rows('payment', { _id: id }))[0];

/** Money of a wrong amount that ends in 13, whose first way back fails at the sandbox. */
async function oddMoney(): Promise<{ paymentId: string; anomalyId: string; amount: number }> {
  const probe = await shop.buy(buyer(), [{ variantId: await shop.addVariant(tea, { price: 1_000, stock: 1 }), quantity: 1 }], [tea]);
  const price = 2_014 - (probe.total.amount - 1_000);
  const leaf = await shop.addVariant(tea, { price, stock: 10 });
  const { _id } = await shop.until(async () => {
    const payment = await shop.payBy(await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]), 'wrong-amount');
    return shop.until(() => anomalyOf({ paymentId: payment.id }));
  });
  const { paymentId, amount } = await anomalyOf({ _id });
  return { paymentId, anomalyId: _id, amount };
}

async function failOnce(anomalyId: string): Promise<void> {
  await shop.until(async () => {
    const { execution } = await anomalyOf({ _id: anomalyId });
    if (execution === null) await settleAnomaly(context(), { subjectId: anomalyId });
    return execution?.status === 'FAILED';
  });
}

describe('money for a reference that nobody knows', () => {
  const arrive = async (reference: string) => {
    await record(context(), { provider: 'sandbox', paymentId: 'pay_strange', state: { status: 'SUCCEEDED', reference, amount: 800, currency: 'CNY' } });
    return (await anomalyOf({ providerReference: reference }))._id as string;
  };

  test.each(['MANUALLY_REFUNDED', 'ACCEPTED', 'WRITTEN_OFF'])('is settled by hand as %s, once', async (resolution) => {
    const id = await arrive(`strange-${resolution}`);
    const input = { id, resolution, idempotencyKey: key() };
    const first = await resolve(input);
    expect(first).toMatchObject({ anomaly: { id, resolution, note: 'Paid back by transfer.', giveBack: null }, userErrors: [] });
    expect(await resolve(input)).toEqual(first);
    expect(await resolve({ id, resolution })).toMatchObject({
      userErrors: [{ __typename: 'InvalidStateError', code: 'INVALID_STATE', path: ['input', 'id'] }],
    });
    expect(await anomalyOf({ _id: id })).toMatchObject({ resolvedBy: expect.stringMatching(/^user_/), resolution });
  });

  test('needs a word that is for people to say, and a reason', async () => {
    const id = await arrive('strange-words');
    expect(await resolve({ id, resolution: 'AUTO_REFUNDED' })).toMatchObject({ userErrors: [{ code: 'INVALID', path: ['input', 'resolution'] }] });
    expect(await resolve({ id, note: ' ' })).toMatchObject({ userErrors: [{ code: 'INVALID', path: ['input', 'note'] }] });
    expect(await resolve({ id: 'anomaly_unknown' })).toMatchObject({ anomaly: null, userErrors: [{ code: 'NOT_FOUND', path: ['input', 'id'] }] });
    expect(await anomalyOf({ _id: id })).toMatchObject({ resolution: null });
  });

  test('is nothing for staff without the scope', async () => {
    const id = await arrive('strange-scope');
    const { errors } = await shop.ask(
      'order-payment',
      RESOLVE,
      { input: { id, resolution: 'ACCEPTED', note: 'x', idempotencyKey: key() } },
      { identity: staff('orders:read_all') },
    );
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    expect(await anomalyOf({ _id: id })).toMatchObject({ resolution: null });
  });
});

describe('money that the provider would not take back', () => {
  test.each([
    ['MANUALLY_REFUNDED', 1],
    ['WRITTEN_OFF', 0],
  ])('is %s, and the provider is not asked again', async (resolution, share) => {
    const { paymentId, anomalyId, amount } = await oddMoney();
    await failOnce(anomalyId);
    expect(await resolve({ id: anomalyId, resolution })).toMatchObject({
      anomaly: { resolution, giveBack: { status: 'FAILED', attempts: 2 } },
      userErrors: [],
    });
    await settleAnomaly(context(), { subjectId: anomalyId });
    await shop.settle();
    expect(await anomalyOf({ _id: anomalyId })).toMatchObject({ resolution, execution: { status: 'FAILED', attempts: 2 } });
    expect(await paymentOf(paymentId)).toMatchObject({ captured: amount, refundPending: 0, refunded: share * amount });
  });

  test('goes back once when staff and the next attempt meet', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { paymentId, anomalyId, amount } = await oddMoney();
      await failOnce(anomalyId);
      const [answer] = await Promise.all([resolve({ id: anomalyId }), settleAnomaly(context(), { subjectId: anomalyId })]);
      await shop.settle();
      const { resolution, execution } = await shop.until(async () => {
        const anomaly = await anomalyOf({ _id: anomalyId });
        return anomaly.resolution && anomaly;
      });
      const isByHand = answer.userErrors.length === 0;
      expect([resolution, execution.status]).toEqual(isByHand ? ['MANUALLY_REFUNDED', 'FAILED'] : ['AUTO_REFUNDED', 'SUCCEEDED']);
      expect(await paymentOf(paymentId)).toMatchObject({ captured: amount, refundPending: 0, refunded: amount });
    }
  });
});
