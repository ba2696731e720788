import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer, guest } from '../../test/subgraphs.ts';
import { type CouponShop, startCouponShop, yuan } from './coupons.fixture.ts';
import type { PayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let world: CouponShop;
let shop: PayingShop;
let tea: ShopMerchant;
let pots: ShopMerchant;

beforeAll(async () => {
  world = await startCouponShop();
  ({ shop, tea, pots } = world);
});
afterAll(() => shop[Symbol.asyncDispose]());

const carts = () => shop.running('cart').runtime.database.collection<{ _id: string; state: string }>('cart');

describe('an order', () => {
  test('keeps what each coupon took off it, and what of that the platform bears', async () => {
    const { lines, merchants } = await world.goods();
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
    const { lines, merchants } = await world.goods();
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
    const { orderGroup } = await world.checkout(who, cart);
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
    const { leaf, pot, lines, merchants } = await world.goods();
    const last = await shop.addCoupon(tea, { usageLimit: 1 });
    const ready = [];
    for (let index = 0; index < 6; index++) {
      const who = index % 2 === 0 ? buyer() : guest();
      ready.push({ who, cart: await shop.fillCart(who, lines, merchants, [last.code]) });
    }
    const answers = await Promise.all(ready.map(({ who, cart }) => world.checkout(who, cart)));
    expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(1);
    for (const { orderGroup, userErrors } of answers)
      if (!orderGroup)
        expect(userErrors).toEqual([{ __typename: 'CouponRejectedError', code: 'COUPON_USED_UP', couponCode: last.code, path: ['input', 'cartId'] }]);
    await shop.settle();
    expect([(await shop.levelOf(leaf)).reserved, (await shop.levelOf(pot)).reserved]).toEqual([2, 1]);
    expect((await shop.usesOf(last.id)).counted).toBe(1);
    for (const [index, { cart }] of ready.entries())
      expect((await carts().findOne({ _id: cart.id }))?.state).toBe(answers[index].orderGroup ? 'ORDERED' : 'ACTIVE');
    expect(await world.collection('order-group').countDocuments({ status: { $in: ['PREPARING', 'ABANDONED'] } })).toBe(0);

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
    const { lines, merchants } = await world.goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    await world.disable(mine.id);
    for (const expectedTotal of [cart.total, yuan(4110)]) {
      const { orderGroup, userErrors } = await world.checkout(who, cart, { expectedTotal });
      expect([orderGroup, userErrors]).toMatchObject([null, [{ __typename: 'CouponRejectedError', code: 'COUPON_DISABLED', couponCode: mine.code }]]);
    }
  });

  test('at a total that is off by one, or in another currency, takes nothing', async () => {
    const { leaf, lines, merchants } = await world.goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea, { usageLimit: 1, usageLimitPerUser: 1 });
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    for (const expectedTotal of [yuan(cart.total.amount - 1), yuan(cart.total.amount + 1), { ...cart.total, currency: 'USD' }]) {
      expect((await world.checkout(who, cart, { expectedTotal })).userErrors).toMatchObject([
        { __typename: 'TotalChangedError', current: { amount: cart.total.amount } },
      ]);
    }
    expect(await shop.usesOf(mine.id)).toEqual({ counted: 0, held: [], givenBack: [] });
    expect(await shop.levelOf(leaf)).toMatchObject({ reserved: 0 });
    expect((await world.checkout(who, cart)).userErrors).toEqual([]);
  });

  test('whose goods are gone takes no use', async () => {
    const { leaf, lines, merchants } = await world.goods(2);
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    await shop.buy(buyer(), [{ variantId: leaf, quantity: 1 }], [tea]);
    expect((await world.checkout(who, cart)).userErrors).toMatchObject([{ code: 'INSUFFICIENT_STOCK' }]);
    expect((await shop.usesOf(mine.id)).counted).toBe(0);
  });

  test('asks the cart subgraph once more for a coupon, and no more than ever without', async () => {
    const cost = async (codes: string[]) => {
      const { lines, merchants } = await world.goods();
      const who = buyer();
      const cart = await shop.fillCart(who, lines, merchants, codes);
      shop.fetches.length = 0;
      expect((await world.checkout(who, cart)).userErrors).toEqual([]);
      return shop.fetches.filter(({ subgraph }) => subgraph === 'cart').map(({ commands }) => commands);
    };
    // The cart is locked (and its rates read), and completed.
    expect(await cost([])).toEqual([2, 1]);
    // Its coupon is read with the lock; in one transaction the cart is held, and the use looked for, counted and written.
    expect(await cost([(await shop.addCoupon(tea)).code])).toEqual([3, 5, 1]);
  });

  test('repeated under its key takes one use', async () => {
    const { lines, merchants } = await world.goods();
    const who = buyer();
    const mine = await shop.addCoupon(tea);
    const cart = await shop.fillCart(who, lines, merchants, [mine.code]);
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.checkout(who, cart, { idempotencyKey })));
    expect(new Set(answers.map(({ orderGroup }) => orderGroup?.id)).size).toBe(1);
    expect(await shop.usesOf(mine.id)).toMatchObject({ counted: 1, held: [answers[0].orderGroup.id] });
  });
});

describe('the limit per user', () => {
  test.each([
    ['an account', buyer],
    ['a guest session', guest],
  ])('counts the purchases of %s', async (_, someone) => {
    const { lines, merchants } = await world.goods();
    const once = await shop.addCoupon(tea, { usageLimitPerUser: 1 });
    const who = someone();
    const purchase = await shop.buy(who, lines, merchants, [once.code]);
    await shop.fillCart(who, lines, merchants);
    const APPLY = 'mutation ($input: CartCouponInput!) { cartCouponApply(input: $input) { userErrors { __typename code } } }';
    const apply = () => shop.must('cart', APPLY, { input: { code: once.code } }, who);
    expect((await apply()).userErrors).toEqual([{ __typename: 'CouponRejectedError', code: 'COUPON_ALREADY_USED' }]);
    expect((await shop.buy(someone(), lines, merchants, [once.code])).total).toEqual(purchase.total);
    // A purchase that came to nothing does not count.
    await world.cancel(purchase.orders[0]?.id, who);
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
