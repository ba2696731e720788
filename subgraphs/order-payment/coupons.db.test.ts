import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, guest } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type PayingShop, type Purchase, startPayingShop } from './paying.fixture.ts';
import { expireDueGroup } from './payments/expiry.ts';
import { press } from './payments/providers/sandbox.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
let pots: ShopMerchant;

beforeAll(async () => {
  shop = await startPayingShop();
  tea = await shop.openMerchant();
  pots = await shop.openMerchant();
});
afterAll(() => shop[Symbol.asyncDispose]());

const CHECKOUT = `mutation ($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id }
  cart { id } userErrors { __typename code path ... on CouponRejectedError { couponCode } ... on TotalChangedError { current { amount } } } } }`;
const CANCEL = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { code message } } }';
const REFUND = 'mutation ($input: RefundInput!) { refund(input: $input) { refundRequest { id approvedAmount { amount } } userErrors { code message } } }';

const yuan = (amount: number) => ({ amount, currency: 'CNY' });
const checkout = (who: Identity, cart: { id: string; version: number; total: object }, more: object = {}) => {
  const email = who.kind === 'guest' ? 'guest@example.test' : null;
  const input = { cartId: cart.id, cartVersion: cart.version, expectedTotal: cart.total, email, idempotencyKey: key(), ...more };
  return shop.must('order-payment', CHECKOUT, { input }, who);
};
const cancel = (orderId: string | undefined, who: Identity) =>
  shop.must('order-payment', CANCEL, { input: { orderId, reason: 'CHANGED_MIND', idempotencyKey: key() } }, who);
const context = () => shop.running('order-payment').runtime.systemContext() as Context;
const collection = (name: string) => shop.running('order-payment').runtime.database.collection<any>(name);
const stateOfCart = async (id: string) => (await shop.running('cart').runtime.database.collection<any>('cart').findOne({ _id: id })).state;

/** Two teas at 1005 and a pot at 500, each delivered for 800; the last of each where `stock` says so. */
async function goods(stock = 100) {
  const leaf = await shop.addVariant(tea, { price: 1005, stock });
  const pot = await shop.addVariant(pots, { price: 500, stock });
  const lines = [
    { variantId: leaf, quantity: 2 },
    { variantId: pot, quantity: 1 },
  ];
  return { leaf, pot, lines, merchants: [tea, pots] };
}

async function makeDue({ groupId }: Purchase): Promise<void> {
  await collection('order-group').updateOne({ _id: groupId }, { $set: { expiresAt: new Date(Date.now() - 1) } });
}
const expire = ({ groupId }: Purchase) => expireDueGroup(context(), { subjectId: groupId, now: new Date() });

describe('an order', () => {
  test('keeps what each coupon took off it, and what of that the platform bears', async () => {
    const { lines, merchants } = await goods();
    const ofTea = await shop.addCoupon(tea, { kind: 'FIXED_AMOUNT', amountOff: yuan(500) });
    const ofPlatform = await shop.addCoupon(null, { percentBps: 1000 });
    const purchase = await shop.buy(buyer(), lines, merchants, [ofPlatform.code, ofTea.code]);
    // 2010 - 500 = 1510 and 500 are left; 10 % of them are 201, of which 151 and 50.
    expect(purchase.total).toEqual(yuan(1510 - 151 + 500 - 50 + 1600));
    const [group] = await shop.rows('order-group', { _id: purchase.groupId });
    expect(group.couponUses).toEqual([
      { couponId: ofPlatform.id, merchantId: null },
      { couponId: ofTea.id, merchantId: tea.merchantId },
    ]);
    const orders = await shop.rows('order', { groupId: purchase.groupId });
    const ofMerchant = ({ merchantId }: ShopMerchant) => orders.find((order) => order.merchantId === merchantId);
    expect(ofMerchant(tea)).toMatchObject({
      totals: { subtotal: 2010, discount: 651, shipping: 800, total: 2159 },
      platformDiscount: 151,
      couponIds: [ofPlatform.id, ofTea.id],
      shippingDiscounts: null,
      lines: [
        {
          discount: 651,
          total: 1359,
          discounts: [
            { couponId: ofTea.id, code: ofTea.code, fundedBy: 'MERCHANT', amount: 500 },
            { couponId: ofPlatform.id, code: ofPlatform.code, fundedBy: 'PLATFORM', amount: 151 },
          ],
        },
      ],
    });
    expect(ofMerchant(pots)).toMatchObject({ totals: { discount: 50, total: 1250 }, platformDiscount: 50, couponIds: [ofPlatform.id] });
    expect(await shop.usesOf(ofTea.id)).toEqual({ counted: 1, held: [purchase.groupId], givenBack: [] });
  });

  test('keeps what was taken off its delivery', async () => {
    const { lines, merchants } = await goods();
    const free = await shop.addCoupon(null, { kind: 'FREE_SHIPPING' });
    const purchase = await shop.buy(buyer(), lines, merchants, [free.code]);
    expect(purchase.total).toEqual(yuan(2510));
    for (const order of await shop.rows('order', { groupId: purchase.groupId })) {
      expect(order).toMatchObject({
        totals: { shipping: 0, discount: 0 },
        platformDiscount: 800,
        shippingDiscounts: [{ couponId: free.id, code: free.code, fundedBy: 'PLATFORM', amount: 800 }],
      });
    }
  });

  test('of which nothing is left to pay is paid, and uses its coupon', async () => {
    const leaf = await shop.addVariant(tea, { price: 700, stock: 5, kind: 'DIGITAL' });
    const all = await shop.addCoupon(tea, { percentBps: 10_000, usageLimit: 1 });
    const who = buyer();
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 2 }], [], [all.code]);
    expect(cart.total).toEqual(yuan(0));
    const { orderGroup } = await checkout(who, cart);
    expect(await shop.rows('order-group', { _id: orderGroup.id })).toMatchObject([{ status: 'PAID', totals: { discount: 1400, total: 0 } }]);
    expect((await shop.usesOf(all.id)).counted).toBe(1);
  });

  test('uses no coupon that takes nothing off it', async () => {
    const leaf = await shop.addVariant(tea, { price: 700, stock: 5, kind: 'DIGITAL' });
    const free = await shop.addCoupon(tea, { kind: 'FREE_SHIPPING' });
    const purchase = await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [], [free.code]);
    expect(await shop.usesOf(free.id)).toEqual({ counted: 0, held: [], givenBack: [] });
    expect((await shop.rows('order-group', { _id: purchase.groupId }))[0].couponUses).toBeNull();
  });
});

describe('a checkout', () => {
  test('of which many want the last use: one has it, the others are told, and nothing is left over', async () => {
    const { leaf, pot, lines, merchants } = await goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const ready = [];
    for (let index = 0; index < 6; index++) {
      const who = index % 2 === 0 ? buyer() : guest();
      ready.push({ who, cart: await shop.fillCart(who, lines, merchants, [last.code]) });
    }
    const answers = await Promise.all(ready.map(({ who, cart }) => checkout(who, cart)));
    expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(1);
    for (const { orderGroup, userErrors } of answers)
      if (!orderGroup)
        expect(userErrors).toEqual([{ __typename: 'CouponRejectedError', code: 'COUPON_USED_UP', couponCode: last.code, path: ['input', 'cartId'] }]);
    await shop.settle();
    expect([(await shop.levelOf(leaf)).reserved, (await shop.levelOf(pot)).reserved]).toEqual([2, 1]);
    expect((await shop.usesOf(last.id)).counted).toBe(1);
    for (const [index, { cart }] of ready.entries()) expect(await stateOfCart(cart.id)).toBe(answers[index].orderGroup ? 'ORDERED' : 'ACTIVE');
    expect(await collection('order-group').countDocuments({ status: { $in: ['PREPARING', 'ABANDONED'] } })).toBe(0);

    const loser = ready[answers.findIndex(({ orderGroup }) => !orderGroup)];
    const read = '{ cart { readyForCheckout issues { __typename code } coupons { applied } totals { total { amount } } } }';
    const { data } = await shop.ask('cart', read, {}, { ...(loser && { identity: loser.who }) });
    expect(data.cart).toMatchObject({
      readyForCheckout: false,
      issues: [{ __typename: 'CouponIssue', code: 'COUPON_USED_UP' }],
      coupons: [{ applied: false }],
      totals: { total: { amount: 4110 } },
    });
  });

  test('at the price without the coupon is refused as well, never silently dearer', async () => {
    const { lines, merchants } = await goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    await shop.must('cart', 'mutation ($id: ID!) { couponDisable(id: $id) { userErrors { code } } }', { id: mine.id }, tea.owner);
    for (const expectedTotal of [cart.total, yuan(4110)]) {
      const { orderGroup, userErrors } = await checkout(who, cart, { expectedTotal });
      expect([orderGroup, userErrors]).toMatchObject([null, [{ __typename: 'CouponRejectedError', code: 'COUPON_DISABLED', couponCode: mine.code }]]);
    }
  });

  test('at a total that is off by one, or in another currency, takes nothing', async () => {
    const { leaf, lines, merchants } = await goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea, { usageLimit: 1, usageLimitPerUser: 1 });
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    for (const expectedTotal of [yuan(cart.total.amount - 1), yuan(cart.total.amount + 1), { ...cart.total, currency: 'USD' }]) {
      expect((await checkout(who, cart, { expectedTotal })).userErrors).toMatchObject([
        { __typename: 'TotalChangedError', current: { amount: cart.total.amount } },
      ]);
    }
    expect(await shop.usesOf(mine.id)).toEqual({ counted: 0, held: [], givenBack: [] });
    expect(await shop.levelOf(leaf)).toMatchObject({ reserved: 0 });
    expect((await checkout(who, cart)).userErrors).toEqual([]);
  });

  test('whose goods are gone takes no use', async () => {
    const { leaf, lines, merchants } = await goods(2);
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
    expect((await checkout(who, cart)).userErrors).toMatchObject([{ code: 'INSUFFICIENT_STOCK' }]);
    expect((await shop.usesOf(mine.id)).counted).toBe(0);
  });

  test('repeated under its key takes one use', async () => {
    const { lines, merchants } = await goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, () => checkout(who, cart, { idempotencyKey })));
    expect(new Set(answers.map(({ orderGroup }) => orderGroup?.id)).size).toBe(1);
    expect(await shop.usesOf(mine.id)).toMatchObject({ counted: 1, held: [answers[0].orderGroup.id] });
  });
});

describe('the limit per user', () => {
  test.each([
    ['an account', buyer],
    ['a guest session', guest],
  ])('counts the purchases of %s', async (_, someone) => {
    const { lines, merchants } = await goods();
    const once = await shop.addCoupon(tea, { usageLimitPerUser: 1 });
    const who = someone();
    const purchase = await shop.buy(who, lines, merchants, [once.code]);
    await shop.fillCart(who, lines, merchants);
    const APPLY = 'mutation ($input: CartCouponInput!) { cartCouponApply(input: $input) { userErrors { __typename code } } }';
    const apply = () => shop.must('cart', APPLY, { input: { code: once.code } }, who);
    expect((await apply()).userErrors).toEqual([{ __typename: 'CouponRejectedError', code: 'COUPON_ALREADY_USED' }]);
    expect((await shop.buy(someone(), lines, merchants, [once.code])).total).toEqual(purchase.total);
    // A purchase that came to nothing does not count.
    await cancel(purchase.orders[0]?.id, who);
    expect((await apply()).userErrors).toEqual([]);
  });

  test('holds however many purchases of one buyer come at once', async () => {
    const twice = await shop.addCoupon(tea, { usageLimitPerUser: 2 });
    const USE = 'mutation ($input: CouponsUseInput!) { couponsUse(input: $input) { rejected { code couponCode } } }';
    const buyerId = buyer().subject;
    const use = async (reference: string) =>
      (await shop.ask('cart', USE, { input: { reference, buyerId, couponIds: [twice.id] } }, { identity: buyer(), caller: 'order-payment' })).data.couponsUse
        .rejected;
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => use(`reference_${index % 5}`)));
    const rejected = answers.filter((answer) => answer !== null);
    expect(rejected).toEqual(rejected.map(() => ({ code: 'COUPON_ALREADY_USED', couponCode: twice.code })));
    const { counted, held } = await shop.usesOf(twice.id);
    expect([counted, held.length]).toEqual([2, 2]);
    // Who asks again is answered alike.
    expect(await use(held[0] ?? '')).toBeNull();
  });
});

describe('uses are given back', () => {
  test('when the purchase expires: once, however many see it due', async () => {
    const { lines, merchants } = await goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    await makeDue(purchase);
    await Promise.all(Array.from({ length: 8 }, () => expire(purchase)));
    await shop.settle();
    expect(await shop.usesOf(last.id)).toEqual({ counted: 0, held: [], givenBack: [purchase.groupId] });
    await shop.buy(buyer(), lines, merchants, [last.code]);
  });

  test('when it is cancelled before it was paid: for the whole of it', async () => {
    const { lines, merchants } = await goods();
    const coupons = [await shop.addCoupon(tea), await shop.addCoupon(null)];
    const purchase = await shop.buy(
      buyer(),
      lines,
      merchants,
      coupons.map(({ code }) => code),
    );
    await Promise.all(Array.from({ length: 4 }, () => cancel(purchase.orders[0]?.id, purchase.who)));
    for (const { id } of coupons) expect(await shop.usesOf(id)).toEqual({ counted: 0, held: [], givenBack: [purchase.groupId] });
  });

  test('after it was paid: a merchant’s with its order, the platform’s with the last order', async () => {
    const { lines, merchants } = await goods();
    const [ofTea, ofPlatform] = [await shop.addCoupon(tea), await shop.addCoupon(null)];
    const purchase = await shop.sell(buyer(), lines, merchants, [ofTea.code, ofPlatform.code]);
    const orderOf = ({ merchantId }: ShopMerchant) => purchase.orders.find(({ merchant }) => merchant.id === merchantId)?.id;
    await cancel(orderOf(tea), purchase.who);
    expect([(await shop.usesOf(ofTea.id)).counted, (await shop.usesOf(ofPlatform.id)).counted]).toEqual([0, 1]);
    await cancel(orderOf(pots), purchase.who);
    expect([(await shop.usesOf(ofTea.id)).counted, (await shop.usesOf(ofPlatform.id)).counted]).toEqual([0, 0]);
  });

  test('when both orders are cancelled at once', async () => {
    const { lines, merchants } = await goods();
    const ofPlatform = await shop.addCoupon(null);
    const purchase = await shop.sell(buyer(), lines, merchants, [ofPlatform.code]);
    await Promise.all(purchase.orders.map(({ id }) => cancel(id, purchase.who)));
    expect(await shop.usesOf(ofPlatform.id)).toMatchObject({ counted: 0, held: [] });
  });

  test('not for a part: what is left keeps its discount, even below the minimum', async () => {
    const { lines, merchants } = await goods();
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
    const { lines, merchants } = await goods();
    const mine = await shop.addCoupon(tea);
    const purchase = await shop.buy(buyer(), lines, merchants, [mine.code]);
    const asked = context();
    const deaf = {
      ...asked,
      siblings: {
        ...asked.siblings,
        ask: (to: string, ...rest: [string, object]) =>
          to === 'cart' ? Promise.reject(new Error('away')) : asked.siblings.ask(to, ...(rest as [string, any])),
      },
    } as Context;
    await makeDue(purchase);
    await expireDueGroup(deaf, { subjectId: purchase.groupId, now: new Date() });
    expect((await shop.usesOf(mine.id)).counted).toBe(1);
    await collection('jobs').updateMany({ kind: 'coupon-give-back' }, { $set: { runAt: new Date() } });
    await shop.settle();
    expect((await shop.usesOf(mine.id)).counted).toBe(0);
  });
});

describe('late money', () => {
  /** Expired behind the provider's back, so that its page still takes money. */
  async function expireUnasked(purchase: Purchase, meanwhile: () => Promise<unknown>): Promise<any> {
    const { payment } = await shop.pay(purchase);
    await collection('payment').updateOne({ _id: payment.id }, { $set: { status: 'EXPIRED' } });
    await makeDue(purchase);
    await expire(purchase);
    await meanwhile();
    await press(payment.nextAction.content, 'pay');
    await shop.until(async () => (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0]);
    await shop.settle();
    return (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0];
  }

  test('revives its order with a use of its coupon, also of one that has ended', async () => {
    const { leaf, lines, merchants } = await goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1, usageLimitPerUser: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    const anomaly = await expireUnasked(purchase, () =>
      shop.must('cart', 'mutation ($id: ID!) { couponDisable(id: $id) { userErrors { code } } }', { id: last.id }, tea.owner),
    );
    expect(anomaly).toMatchObject({ kind: 'LATE_AFTER_EXPIRY', resolution: 'ORDER_REVIVED' });
    const [group] = await shop.rows('order-group', { _id: purchase.groupId });
    expect(group.status).toBe('PAID');
    expect(await shop.usesOf(last.id)).toEqual({ counted: 1, held: [group.reservationId], givenBack: [purchase.groupId] });
    expect((await shop.levelOf(leaf)).reserved).toBe(2);
    // And it goes back with the order as any other.
    for (const { id } of purchase.orders) await cancel(id, purchase.who);
    expect((await shop.usesOf(last.id)).counted).toBe(0);
  });

  test('is given back where another has used the coupon meanwhile', async () => {
    const { leaf, lines, merchants } = await goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const purchase = await shop.buy(buyer(), lines, merchants, [last.code]);
    const anomaly = await expireUnasked(purchase, () => shop.buy(buyer(), lines, merchants, [last.code]));
    expect(anomaly).toMatchObject({ kind: 'LATE_AFTER_EXPIRY', resolution: 'AUTO_REFUNDED', execution: { status: 'SUCCEEDED' } });
    expect(await shop.rows('order-group', { _id: purchase.groupId })).toMatchObject([{ status: 'EXPIRED' }]);
    expect((await shop.usesOf(last.id)).counted).toBe(1);
    expect((await shop.levelOf(leaf)).reserved).toBe(2);
  });

  test('holds no use where the goods are gone', async () => {
    const { leaf, lines, merchants } = await goods(2);
    const mine = await shop.addCoupon(tea);
    const purchase = await shop.buy(buyer(), lines, merchants, [mine.code]);
    const anomaly = await expireUnasked(purchase, () => shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]));
    expect(anomaly).toMatchObject({ resolution: 'AUTO_REFUNDED' });
    expect(await shop.usesOf(mine.id)).toMatchObject({ counted: 0, held: [] });
  });
});
