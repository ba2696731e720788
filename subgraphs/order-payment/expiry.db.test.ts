import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import { expireDueGroup } from './payments/expiry.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { press } from './payments/providers/sandbox.fixture.ts';
import type { ShopMerchant } from './shop.fixture.ts';
import type { Context } from './context.ts';

let shop: PayingShop;
let tea: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const collection = (name: string) => shop.running('order-payment').runtime.database.collection<any>(name);
const context = () => shop.running('order-payment').runtime.systemContext() as Context;

async function buyOne(stock = 5): Promise<{ purchase: Purchase; leaf: string }> {
  const leaf = await shop.addVariant(tea, { price: 1990, stock });
  return { purchase: await shop.buy(buyer(), [{ variantId: leaf, quantity: 2 }], [tea]), leaf };
}

/** As if the time to pay were over. */
async function makeDue({ groupId }: Purchase): Promise<void> {
  const expiresAt = new Date(Date.now() - 1);
  await collection('order-group').updateOne({ _id: groupId }, { $set: { expiresAt } });
  await collection('order').updateMany({ groupId }, { $set: { expiresAt } });
}

const expire = (purchase: Purchase) => expireDueGroup(context(), { subjectId: purchase.groupId, now: new Date() });
const states = async ({ groupId }: Purchase) => ({
  group: (await shop.rows('order-group', { _id: groupId }))[0].status,
  orders: (await shop.rows('order', { groupId })).map(({ status }) => status),
  payments: (await shop.rows('payment', { groupId })).map(({ status }) => status),
});

describe('a purchase whose time is over', () => {
  test('expires with its attempt, and its stock goes back once, whoever looks', async () => {
    const { purchase, leaf } = await buyOne();
    await shop.pay(purchase);
    await expire(purchase);
    expect(await states(purchase)).toEqual({ group: 'PENDING_PAYMENT', orders: ['PENDING_PAYMENT'], payments: ['REQUIRES_ACTION'] });
    await makeDue(purchase);
    await Promise.all([expire(purchase), expire(purchase), expire(purchase)]);
    expect(await states(purchase)).toEqual({ group: 'EXPIRED', orders: ['EXPIRED'], payments: ['EXPIRED'] });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 5, reserved: 0 });
    expect(await shop.rows('outbox', { subjectId: purchase.orders[0]?.id, topic: 'order.expired' })).toHaveLength(1);
    expect((await shop.pay(purchase)).userErrors).toMatchObject([{ __typename: 'OrderExpiredError', code: 'ORDER_EXPIRED' }]);
  });

  test('and that was paid without our knowing is paid', async () => {
    const { purchase, leaf } = await buyOne();
    shop.isDeaf = true;
    await shop.payBy(purchase, 'pay');
    await makeDue(purchase);
    await expire(purchase);
    shop.isDeaf = false;
    expect(await states(purchase)).toEqual({ group: 'PAID', orders: ['PAID'], payments: ['SUCCEEDED'] });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 3, reserved: 2 });
  });

  test('stays payable while its provider does not answer', async () => {
    const { purchase } = await buyOne();
    await shop.pay(purchase);
    await makeDue(purchase);
    shop.isProviderDown = true;
    await expire(purchase);
    shop.isProviderDown = false;
    expect(await states(purchase)).toEqual({ group: 'PENDING_PAYMENT', orders: ['PENDING_PAYMENT'], payments: ['REQUIRES_ACTION'] });
    expect(await shop.rows('jobs', { subjectId: purchase.groupId })).toMatchObject([{ kind: 'group-expiry', deadAt: null }]);
    await expire(purchase);
    expect(await states(purchase)).toMatchObject({ group: 'EXPIRED' });
  });

  test('waits for money that the buyer has sent', async () => {
    const { purchase } = await buyOne();
    await shop.payBy(purchase, 'later');
    await makeDue(purchase);
    await expire(purchase);
    expect(await states(purchase)).toMatchObject({ group: 'PENDING_PAYMENT', payments: ['PROCESSING'] });
    await shop.until(async () => (await states(purchase)).group === 'PAID');
  });

  test('is due by the clock that all share: no process is early or late because its own is wrong', async () => {
    const { purchase } = await buyOne();
    const expiresAt = new Date(Date.now() + 60_000);
    const dueAt = async (at: Date) => {
      await collection('order-group').updateOne({ _id: purchase.groupId }, { $set: { expiresAt: at } });
      await collection('jobs').updateOne({ _id: `group-expiry|${purchase.groupId}` }, { $set: { runAt: at } });
    };
    await dueAt(expiresAt);
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 });
      await shop.settle();
      expect(await states(purchase)).toMatchObject({ group: 'PENDING_PAYMENT' });
      vi.setSystemTime(Date.now() - 600_000);
      await dueAt(new Date(expiresAt.getTime() - 61_000));
      await shop.settle();
      expect(await states(purchase)).toMatchObject({ group: 'EXPIRED' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('and is paid in the same moment is one or the other, forty times', async () => {
    for (let round = 0; round < 40; round++) {
      const { purchase, leaf } = await buyOne();
      const { payment } = await shop.pay(purchase);
      await makeDue(purchase);
      await Promise.all([press(payment.nextAction.content, 'pay'), expire(purchase)]);
      const settled = await shop.until(async () => {
        const now = await states(purchase);
        return now.group === 'PENDING_PAYMENT' ? null : now;
      });
      const isPaid = settled.group === 'PAID';
      expect(settled).toEqual(
        isPaid ? { group: 'PAID', orders: ['PAID'], payments: ['SUCCEEDED'] } : { group: 'EXPIRED', orders: ['EXPIRED'], payments: ['EXPIRED'] },
      );
      expect((await shop.levelOf(leaf)).reserved).toBe(isPaid ? 2 : 0);
    }
  });
});

describe('late money', () => {
  /** Expired behind the provider's back, so that its page still takes money. */
  async function expireUnasked(purchase: Purchase): Promise<string> {
    const { payment } = await shop.pay(purchase);
    await collection('payment').updateOne({ _id: payment.id }, { $set: { status: 'EXPIRED' } });
    await makeDue(purchase);
    await expire(purchase);
    expect(await states(purchase)).toMatchObject({ group: 'EXPIRED' });
    await press(payment.nextAction.content, 'pay');
    await shop.until(async () => (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0]);
    await shop.settle();
    return payment.id;
  }

  test('revives its order while the goods are there', async () => {
    const { purchase, leaf } = await buyOne();
    const paymentId = await expireUnasked(purchase);
    expect(await states(purchase)).toEqual({ group: 'PAID', orders: ['PAID'], payments: ['SUCCEEDED'] });
    expect(await shop.rows('payment-anomaly', { paymentId })).toMatchObject([{ kind: 'LATE_AFTER_EXPIRY', resolution: 'ORDER_REVIVED' }]);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 3, reserved: 2 });
  });

  test('is given back when they are gone', async () => {
    const { purchase, leaf } = await buyOne(2);
    await shop.pay(purchase);
    await makeDue(purchase);
    const { payment } = await shop.pay({ ...purchase, who: purchase.who }).catch(() => ({ payment: null }));
    expect(payment).toBeNull();
    const [attempt] = await shop.rows('payment', { groupId: purchase.groupId });
    await collection('payment').updateOne({ _id: attempt._id }, { $set: { status: 'EXPIRED' } });
    await expire(purchase);
    await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
    await press(attempt.action.content, 'pay');
    await shop.until(async () => (await shop.rows('payment-anomaly', { paymentId: attempt._id }))[0]);
    await shop.settle();
    expect(await states(purchase)).toEqual({ group: 'EXPIRED', orders: ['EXPIRED'], payments: ['SUCCEEDED'] });
    expect(await shop.rows('payment-anomaly', { paymentId: attempt._id })).toMatchObject([
      { kind: 'LATE_AFTER_EXPIRY', resolution: 'AUTO_REFUNDED', execution: { status: 'SUCCEEDED' } },
    ]);
    expect(await shop.rows('payment', { _id: attempt._id })).toMatchObject([{ refunded: purchase.total.amount, refundPending: 0 }]);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 2, available: 1, reserved: 1 });
  });
});
