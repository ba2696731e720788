import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, guest, staff } from '../../test/subgraphs.ts';
import { type FilledCart, key, type Shop, type ShopMerchant, startShop } from './shop.fixture.ts';

const CHECKOUT = `mutation ($input: CheckoutInput!) { checkout(input: $input) {
  guestAccessToken
  cart { id }
  orderGroup {
    id status expiresAt placedAt amountDue { amount currency } totals { total { amount } }
    orders {
      id number status paymentStatus fulfilmentStatus version allowedActions buyerNote purchaseOrderNumber refundPolicySnapshot deliveryTitle merchant { id }
      totals { subtotal { amount } discount { amount } shipping { amount } tax { amount } taxIncluded total { amount } }
      shippingAddress { recipientName line1 } lines { id quantity total { amount } unitPrice { amount } snapshot { title sku merchantName } variant { id } }
      timeline { type message actor }
    }
  }
  userErrors {
    __typename code message path
    ... on TotalChangedError { expected { amount currency } current { amount currency } currentCartVersion }
    ... on InsufficientStockError { variantId requested available }
    ... on MerchantUnavailableError { merchantId }
    ... on VersionConflictError { currentVersion }
    ... on InvalidStateError { currentState }
  }
} }`;

let shop: Shop;
let tea: ShopMerchant;
let cups: ShopMerchant;

beforeAll(async () => {
  shop = await startShop({ SWEEP_AFTER_SECONDS: '3600' });
  tea = await shop.openMerchant();
  cups = await shop.openMerchant();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const inputFor = ({ id, version, total }: FilledCart, more: object = {}) => ({
  cartId: id,
  cartVersion: version,
  expectedTotal: total,
  idempotencyKey: key(),
  ...more,
});
const checkOut = (who: Identity, input: object) => shop.must('order-payment', CHECKOUT, { input }, who);
const database = () => shop.running('order-payment').runtime.database;
const stateOfCart = async (id: string) =>
  (await shop.running('cart').runtime.database.collection<{ _id: string; state: string }>('cart').findOne({ _id: id }))?.state;

describe('checkout', () => {
  test('makes one order per merchant, with copies of all that may change later', async () => {
    const who = buyer();
    const [leaf, cup] = [await shop.addVariant(tea, { price: 1990, stock: 5 }), await shop.addVariant(cups, { price: 333, stock: 5 })];
    const cart = await shop.fillCart(
      who,
      [
        { variantId: leaf, quantity: 2 },
        { variantId: cup, quantity: 3 },
      ],
      [tea, cups],
    );
    shop.fetches.length = 0;
    const { orderGroup, userErrors, guestAccessToken } = await checkOut(
      who,
      inputFor(cart, { notes: [{ merchantId: tea.merchantId, note: 'Ring twice' }], purchaseOrderNumber: 'PO-7' }),
    );
    const commands = Object.groupBy(shop.fetches, ({ subgraph }) => subgraph);
    expect(commands['order-payment']?.map((fetch) => fetch.commands)).toEqual([12]);

    expect(userErrors).toEqual([]);
    expect(guestAccessToken).toBeNull();
    expect(orderGroup).toMatchObject({ status: 'PENDING_PAYMENT', totals: { total: { amount: cart.total.amount } }, amountDue: cart.total });
    expect(new Date(orderGroup.expiresAt).getTime() - new Date(orderGroup.placedAt).getTime()).toBe(shop.config.ORDER_EXPIRY_SECONDS * 1000);
    expect(orderGroup.orders).toHaveLength(2);
    const [first] = orderGroup.orders.filter((order: any) => order.merchant.id === tea.merchantId);
    expect(first).toMatchObject({
      status: 'PENDING_PAYMENT',
      paymentStatus: 'UNPAID',
      fulfilmentStatus: 'UNFULFILLED',
      allowedActions: ['PAY', 'CANCEL'],
      buyerNote: 'Ring twice',
      purchaseOrderNumber: 'PO-7',
      refundPolicySnapshot: 'Thirty days.',
      shippingAddress: { recipientName: 'Li Lei', line1: '1 Nanjing Road' },
      totals: { subtotal: { amount: 3980 }, shipping: { amount: 800 }, total: { amount: 4780 }, taxIncluded: true },
      lines: [{ quantity: 2, total: { amount: 3980 }, unitPrice: { amount: 1990 }, snapshot: { title: 'Green tea' } }],
      timeline: [{ type: 'PLACED', message: 'The order was placed.', actor: 'BUYER' }],
    });
    expect(first.number).toMatch(/^\d{8}-[0-9A-Z]{8}$/);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 3, reserved: 2 });
    expect(await stateOfCart(cart.id)).toBe('ORDERED');
  });

  test('of the same key, ten times at once, is one purchase and ten equal answers', async () => {
    const who = guest();
    const leaf = await shop.addVariant(tea, { stock: 5 });
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], [tea]);
    const input = inputFor(cart, { email: 'guest@example.test' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => checkOut(who, input)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0].userErrors).toEqual([]);
    expect(answers[0].guestAccessToken).toMatch(/^[\w-]{40,}$/);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 5, available: 4, reserved: 1 });
    const changed = await checkOut(who, { ...input, purchaseOrderNumber: 'other' });
    expect(changed.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH', path: ['input', 'idempotencyKey'] }]);
  });

  test('with different keys of one cart at once is one purchase', async () => {
    const who = buyer();
    const leaf = await shop.addVariant(tea, { stock: 5 });
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], [tea]);
    const answers = await Promise.all(Array.from({ length: 6 }, () => checkOut(who, inputFor(cart))));
    expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(1);
    for (const { orderGroup, userErrors } of answers)
      if (!orderGroup) expect(userErrors).toMatchObject([{ __typename: 'InvalidStateError', path: ['input', 'cartId'] }]);
    expect((await shop.levelOf(leaf)).reserved).toBe(1);
  });

  test.each([
    ['a minor unit less', (total: any) => ({ ...total, amount: total.amount - 1 })],
    ['a minor unit more', (total: any) => ({ ...total, amount: total.amount + 1 })],
    ['another currency', (total: any) => ({ ...total, currency: 'USD' })],
  ])('at %s changes nothing', async (_, otherwise) => {
    const who = buyer();
    const leaf = await shop.addVariant(tea, { stock: 2 });
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 2 }], [tea]);
    const expectedTotal = otherwise(cart.total);
    const answer = await checkOut(who, inputFor(cart, { expectedTotal }));
    expect(answer).toMatchObject({
      orderGroup: null,
      cart: { id: cart.id },
      userErrors: [{ __typename: 'TotalChangedError', code: 'TOTAL_CHANGED', expected: expectedTotal, current: cart.total, currentCartVersion: cart.version }],
    });
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 2, available: 2, reserved: 0 });
    expect(await stateOfCart(cart.id)).toBe('ACTIVE');
    expect((await checkOut(who, inputFor(cart))).userErrors).toEqual([]);
    expect(await database().collection('order-group').countDocuments({ cartId: cart.id })).toBe(1);
  });

  test('with nothing to pay is paid at once', async () => {
    const who = buyer();
    const sample = await shop.addVariant(tea, { price: 0, stock: 5, kind: 'DIGITAL' });
    const cart = await shop.fillCart(who, [{ variantId: sample, quantity: 1 }], []);
    expect(cart.total.amount).toBe(0);
    const { orderGroup, userErrors } = await checkOut(who, inputFor(cart));
    expect(userErrors).toEqual([]);
    expect(orderGroup).toMatchObject({ status: 'PAID', expiresAt: null, amountDue: { amount: 0 } });
    expect(orderGroup.orders).toMatchObject([
      { status: 'PAID', paymentStatus: 'PAID', fulfilmentStatus: 'NOT_REQUIRED', timeline: [{ type: 'PLACED' }, { type: 'PAID' }] },
    ]);
    const told = await database().collection('outbox').find({ subjectId: orderGroup.orders[0].id }).sort({ sequence: 1 }).toArray();
    expect(told.map(({ topic, sequence }) => [topic, sequence])).toEqual([
      ['order.placed', 1],
      ['order.paid', 2],
    ]);
    expect((await shop.levelOf(sample)).reserved).toBe(1);
  });

  test('for collection reserves at the chosen place, and asks for no address', async () => {
    const who = buyer();
    const leaf = await shop.addVariant(tea, { stock: 5 });
    const { id } = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], []);
    const set =
      'mutation ($input: CartDeliverySetInput!) { cartDeliverySet(input: $input) { cart { version totals { total { amount currency } } } userErrors { code message } } }';
    const { cart, userErrors } = await shop.must('cart', set, { input: { merchantId: tea.merchantId, pickupLocationId: tea.locationId } }, who);
    expect(userErrors).toEqual([]);
    const { orderGroup } = await checkOut(who, inputFor({ id, version: cart.version, total: cart.totals.total }));
    expect(orderGroup.orders).toMatchObject([{ shippingAddress: null, fulfilmentStatus: 'UNFULFILLED', totals: { shipping: { amount: 0 } } }]);
    const pickup = await shop.must(
      'order-payment',
      'query ($id: ID!) { order(id: $id) { pickupLocation { id } pickupCode } }',
      { id: orderGroup.orders[0].id },
      who,
    );
    expect(pickup).toEqual({ pickupLocation: { id: tea.locationId }, pickupCode: null });
  });

  test('without a delivery says so', async () => {
    const who = buyer();
    const leaf = await shop.addVariant(tea);
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], []);
    expect(await checkOut(who, inputFor(cart))).toMatchObject({ orderGroup: null, userErrors: [{ __typename: 'ValidationError', code: 'DELIVERY_REQUIRED' }] });
  });

  test('says what is wrong with cart, version and terms', async () => {
    const who = buyer();
    const leaf = await shop.addVariant(tea);
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], [tea]);
    expect(await checkOut(who, inputFor(cart, { cartVersion: cart.version - 1 }))).toMatchObject({
      userErrors: [{ __typename: 'VersionConflictError', currentVersion: cart.version }],
    });
    expect(await checkOut(buyer(), inputFor(cart))).toMatchObject({ orderGroup: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await checkOut(guest(), inputFor(cart))).toMatchObject({ userErrors: [{ code: 'EMAIL_REQUIRED' }] });
    expect(await checkOut(who, inputFor(cart, { notes: [{ merchantId: 'merch_none', note: '' }] }))).toMatchObject({
      userErrors: [{ path: ['input', 'notes', '0', 'merchantId'] }],
    });
    const { errors } = await shop.ask('order-payment', CHECKOUT, { input: inputFor(cart) });
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
  });

  test('of a suspended merchant names the merchant', async () => {
    const closing = await shop.openMerchant();
    const who = buyer();
    const leaf = await shop.addVariant(closing);
    const cart = await shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], [closing]);
    const suspend = 'mutation ($input: MerchantReviewInput!) { merchantReview(input: $input) { userErrors { code } } }';
    await shop.must('user', suspend, { input: { id: closing.merchantId, decision: 'SUSPEND', reason: 'complaints' } }, staff('merchants:review'));
    await shop.settle();
    expect(await checkOut(who, inputFor(cart))).toMatchObject({ userErrors: [{ __typename: 'MerchantUnavailableError', merchantId: closing.merchantId }] });
    expect(await stateOfCart(cart.id)).toBe('ACTIVE');
  });
});

describe('many at once', () => {
  test('thirty buyers of seven: seven orders, the rest told so, nothing left over', async () => {
    const leaf = await shop.addVariant(tea, { stock: 7 });
    const buyers = Array.from({ length: 30 }, () => buyer());
    const carts = await Promise.all(buyers.map((who) => shop.fillCart(who, [{ variantId: leaf, quantity: 1 }], [tea])));
    const answers = await Promise.all(buyers.map((who, index) => checkOut(who, inputFor(carts[index] as FilledCart))));
    expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(7);
    for (const { orderGroup, userErrors } of answers)
      if (!orderGroup) expect(userErrors).toMatchObject([{ __typename: 'InsufficientStockError', variantId: leaf, available: 0 }]);
    expect(await shop.levelOf(leaf)).toEqual({ onHand: 7, available: 0, reserved: 7 });
    expect(await database().collection('order').countDocuments({ 'lines.variantId': leaf })).toBe(7);
    expect(
      await database()
        .collection('order-group')
        .countDocuments({ status: { $in: ['PREPARING', 'ABANDONED'] } }),
    ).toBe(0);
  });

  test('carts that cross, {A, B} and {B, A}, do not block each other', async () => {
    const [a, b] = [await shop.addVariant(tea, { stock: 10 }), await shop.addVariant(cups, { stock: 10 })];
    const orders = [
      [a, b],
      [b, a],
    ];
    const buyers = Array.from({ length: 20 }, () => buyer());
    const carts = await Promise.all(
      buyers.map((who, index) =>
        shop.fillCart(
          who,
          (orders[index % 2] ?? []).map((variantId) => ({ variantId, quantity: 1 })),
          [tea, cups],
        ),
      ),
    );
    const answers = await Promise.all(buyers.map((who, index) => checkOut(who, inputFor(carts[index] as FilledCart))));
    expect(answers.filter(({ orderGroup }) => orderGroup)).toHaveLength(10);
    for (const variantId of [a, b]) expect(await shop.levelOf(variantId)).toEqual({ onHand: 10, available: 0, reserved: 10 });
  });
});
