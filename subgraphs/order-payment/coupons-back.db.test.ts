import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type CouponShop, startCouponShop, yuan } from './coupons.fixture.ts';
import type { PayingShop, Purchase } from './paying.fixture.ts';
import { press } from './payments/providers/sandbox.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id approvedAmount { amount } } userErrors { code message } } }';

let world: CouponShop;
let shop: PayingShop;
let tea: ShopMerchant;
let pots: ShopMerchant;

beforeAll(async () => {
  world = await startCouponShop();
  ({ shop, tea, pots } = world);
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('uses are given back', () => {
  test('when the purchase expires: once, however many see it due', async () => {
    const { lines, merchants } = await world.goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    await world.makeDue(purchase);
    await Promise.all(Array.from({ length: 8 }, () => world.expire(purchase)));
    await shop.settle();
    expect(await shop.usesOf(last.id)).toEqual({ counted: 0, held: [], givenBack: [purchase.groupId] });
    await shop.buy(buyer(), lines, merchants, [last.code]);
  });

  test('when it is cancelled before it was paid: for the whole of it', async () => {
    const { lines, merchants } = await world.goods();
    const coupons = [await shop.addCoupon(tea), await shop.addCoupon(null)];
    const purchase = await shop.buy(
      buyer(),
      lines,
      merchants,
      coupons.map(({ code }) => code),
    );
    await Promise.all(Array.from({ length: 4 }, () => world.cancel(purchase.orders[0]?.id, purchase.who)));
    for (const { id } of coupons) expect(await shop.usesOf(id)).toEqual({ counted: 0, held: [], givenBack: [purchase.groupId] });
  });

  test('after it was paid: a merchant’s with its order, the platform’s with the last order', async () => {
    const { lines, merchants } = await world.goods();
    const [ofTea, ofPlatform] = [await shop.addCoupon(tea), await shop.addCoupon(null)];
    const purchase = await shop.sell(buyer(), lines, merchants, [ofTea.code, ofPlatform.code]);
    const orderOf = ({ merchantId }: ShopMerchant) => purchase.orders.find(({ merchant }) => merchant.id === merchantId)?.id;
    await world.cancel(orderOf(tea), purchase.who);
    expect([(await shop.usesOf(ofTea.id)).counted, (await shop.usesOf(ofPlatform.id)).counted]).toEqual([0, 1]);
    await world.cancel(orderOf(pots), purchase.who);
    expect([(await shop.usesOf(ofTea.id)).counted, (await shop.usesOf(ofPlatform.id)).counted]).toEqual([0, 0]);
  });

  test('when both orders are cancelled at once', async () => {
    const { lines, merchants } = await world.goods();
    const ofPlatform = await shop.addCoupon(null);
    const purchase = await shop.sell(buyer(), lines, merchants, [ofPlatform.code]);
    await Promise.all(purchase.orders.map(({ id }) => world.cancel(id, purchase.who)));
    expect(await shop.usesOf(ofPlatform.id)).toMatchObject({ counted: 0, held: [] });
  });

  test('of an order that cost nothing, and of one whose delivery did', async () => {
    const { lines, merchants } = await world.goods();
    const free = await shop.addCoupon(null, { kind: 'FREE_SHIPPING' });
    const delivered = await shop.sell(buyer(), lines, merchants, [free.code]);
    for (const { id } of delivered.orders) await world.cancel(id, delivered.who);
    expect((await shop.usesOf(free.id)).counted).toBe(0);
    // What was paid goes back, not what the delivery would have cost.
    await shop.settle();
    expect(await shop.rows('payment', { groupId: delivered.groupId })).toMatchObject([{ captured: 2510, refunded: 2510, refundPending: 0 }]);

    const leaf = await shop.addVariant(tea, { price: 700, stock: 5, kind: 'DIGITAL' });
    const all = await shop.addCoupon(tea, { percentBps: 10_000, usageLimit: 1 });
    const purchase = await shop.buy(buyer(), [{ variantId: leaf, quantity: 2 }], [], [all.code]);
    expect((await shop.usesOf(all.id)).counted).toBe(1);
    expect((await world.cancel(purchase.orders[0]?.id, purchase.who)).userErrors).toEqual([]);
    expect((await shop.usesOf(all.id)).counted).toBe(0);
  });

  test('not for a part: what is left keeps its discount, even below the minimum', async () => {
    const { lines, merchants } = await world.goods();
    const dear = await shop.addCoupon(tea, { minimumSubtotal: yuan(2010) });
    const purchase = await shop.sell(buyer(), lines, merchants, [dear.code]);
    const order = purchase.orders.find(({ merchant }) => merchant.id === tea.merchantId);
    const line = order?.lines[0];
    // 2010 - 201 was paid for two: the first unit gives back 904, the last the rest.
    expect(line?.total.amount).toBe(1809);
    const refund = (more: object = {}) =>
      shop.must(
        'order-payment',
        REFUND,
        { input: { orderId: order?.id, lines: [{ orderLineId: line?.id, quantity: 1 }], reason: 'OTHER', idempotencyKey: key(), ...more } },
        tea.owner,
      );
    expect((await refund()).refundRequest.approvedAmount.amount).toBe(904);
    expect((await shop.usesOf(dear.id)).counted).toBe(1);
    expect((await refund()).refundRequest.approvedAmount.amount).toBe(905);
    // Nothing of it is left: the order is cancelled, and the use is free again.
    await shop.settle();
    expect(await shop.order(order?.id ?? '')).toMatchObject({ status: 'CANCELLED' });
    expect((await shop.usesOf(dear.id)).counted).toBe(0);
  });

  test('by a timer, where the cart subgraph did not answer', async () => {
    const { lines, merchants } = await world.goods();
    const mine = await shop.addCoupon(tea);
    const purchase = await shop.buy(buyer(), lines, merchants, [mine.code]);
    const asked = world.context();
    const deaf = {
      ...asked,
      siblings: {
        ...asked.siblings,
        ask: (to: string, ...rest: [string, object]) =>
          to === 'cart' ? Promise.reject(new Error('away')) : asked.siblings.ask(to, ...(rest as [string, any])),
      },
    } as Context;
    await world.makeDue(purchase);
    await world.expire(purchase, deaf);
    expect((await shop.usesOf(mine.id)).counted).toBe(1);
    await world.collection('jobs').updateMany({ kind: 'coupon-give-back' }, { $set: { runAt: new Date() } });
    await shop.settle();
    expect((await shop.usesOf(mine.id)).counted).toBe(0);
  });
});

describe('late money', () => {
  /** Expired behind the provider's back, so that its page still takes money. */
  async function expireUnasked(purchase: Purchase, meanwhile: () => Promise<unknown>): Promise<any> {
    const { payment } = await shop.pay(purchase);
    await world.collection('payment').updateOne({ _id: payment.id }, { $set: { status: 'EXPIRED' } });
    await world.makeDue(purchase);
    await world.expire(purchase);
    await meanwhile();
    await press(payment.nextAction.content, 'pay');
    await shop.until(async () => (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0]);
    await shop.settle();
    return (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0];
  }

  test('revives its order with a use of its coupon, also of one that has ended', async () => {
    const { leaf, lines, merchants } = await world.goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1, usageLimitPerUser: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    const anomaly = await expireUnasked(purchase, () => world.disable(last.id));
    expect(anomaly).toMatchObject({ kind: 'LATE_AFTER_EXPIRY', resolution: 'ORDER_REVIVED' });
    const [group] = await shop.rows('order-group', { _id: purchase.groupId });
    expect(group.status).toBe('PAID');
    expect(await shop.usesOf(last.id)).toEqual({ counted: 1, held: [group.reservationId], givenBack: [purchase.groupId] });
    expect((await shop.levelOf(leaf)).reserved).toBe(2);
    // And it goes back with the order as any other.
    for (const { id } of purchase.orders) await world.cancel(id, purchase.who);
    expect((await shop.usesOf(last.id)).counted).toBe(0);
  });

  test('is given back where another has used the coupon meanwhile', async () => {
    const { leaf, lines, merchants } = await world.goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    const anomaly = await expireUnasked(purchase, () => shop.buy(buyer(), lines, merchants, [last.code]));
    expect(anomaly).toMatchObject({ kind: 'LATE_AFTER_EXPIRY', resolution: 'AUTO_REFUNDED', execution: { status: 'SUCCEEDED' } });
    expect(await shop.rows('order-group', { _id: purchase.groupId })).toMatchObject([{ status: 'EXPIRED' }]);
    expect((await shop.usesOf(last.id)).counted).toBe(1);
    expect((await shop.levelOf(leaf)).reserved).toBe(2);
  });

  test('holds no use where the goods are gone', async () => {
    const { leaf, lines, merchants } = await world.goods(2);
    const mine = await shop.addCoupon(tea);
    const purchase = await shop.buy(buyer(), lines, merchants, [mine.code]);
    const anomaly = await expireUnasked(purchase, () => shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]));
    expect(anomaly).toMatchObject({ resolution: 'AUTO_REFUNDED' });
    expect(await shop.usesOf(mine.id)).toMatchObject({ counted: 0, held: [] });
  });
});
