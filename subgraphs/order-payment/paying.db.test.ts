import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countingCommands } from '#platform/commands.ts';
import { buyer, guest, staff } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { providersOf } from './payments/companies.ts';
import { accept } from './refunds/notifications.ts';
import { type PayingShop, startPayingShop } from './paying.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';
import { press } from './payments/providers/sandbox.fixture.ts';

let shop: PayingShop;
let tea: ShopMerchant;
let cups: ShopMerchant;
let leaf: string;
let cup: string;

beforeAll(async () => {
  shop = await startPayingShop();
  [tea, cups] = [await shop.openMerchant(), await shop.openMerchant()];
  [leaf, cup] = [await shop.addVariant(tea, { price: 1990, stock: 1000 }), await shop.addVariant(cups, { price: 333, stock: 1000 })];
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const buyOne = (who = buyer()) => shop.buy(who, [{ variantId: leaf, quantity: 1 }], [tea]);
const paid = (groupId: string) => shop.until(async () => (await shop.rows('order-group', { _id: groupId, status: 'PAID' }))[0]);
const paymentsOf = (groupId: string) => shop.rows('payment', { groupId });

describe('pay', () => {
  test('starts an attempt by QR code, and the notification pays every order of the group, once', async () => {
    const purchase = await shop.buy(
      buyer(),
      [
        { variantId: leaf, quantity: 2 },
        { variantId: cup, quantity: 1 },
      ],
      [tea, cups],
    );
    shop.fetches.length = 0;
    const { payment, userErrors } = await shop.pay(purchase);
    expect(shop.fetches.map(({ commands }) => commands)).toEqual([6]);
    expect(userErrors).toEqual([]);
    expect(payment).toMatchObject({
      status: 'REQUIRES_ACTION',
      provider: 'sandbox',
      amount: purchase.total,
      pollAfterSeconds: 2,
      nextAction: { __typename: 'QrCodeAction' },
    });
    expect(payment.nextAction.svg).toMatch(/^<svg/);
    await press(payment.nextAction.content, 'twice');
    const group = await paid(purchase.groupId);
    expect(group.paymentId).toBe(payment.id);
    for (const { id } of purchase.orders) {
      expect(await shop.order(id)).toMatchObject({ status: 'PAID', paymentStatus: 'PAID' });
      expect(await shop.rows('outbox', { subjectId: id, topic: 'order.paid' })).toHaveLength(1);
    }
    expect(await paymentsOf(purchase.groupId)).toMatchObject([{ status: 'SUCCEEDED', captured: purchase.total.amount, refunded: 0 }]);
    expect(await shop.rows('jobs', { subjectId: purchase.groupId })).toEqual([]);
  });

  test('of the same key, ten times at once, is one attempt and ten equal answers', async () => {
    const purchase = await buyOne(guest());
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.pay(purchase, { idempotencyKey })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0].userErrors).toEqual([]);
    expect(await paymentsOf(purchase.groupId)).toHaveLength(1);
    expect((await shop.pay(purchase, { idempotencyKey, method: 'WECHAT_PAY' })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_PARAMETER_MISMATCH' }]);
  });

  test('of different keys, ten times at once, is one attempt', async () => {
    const purchase = await buyOne();
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.pay(purchase)));
    expect(new Set(answers.map(({ payment }) => payment.id)).size).toBe(1);
    for (const { payment } of answers) expect(payment.status).toBe('REQUIRES_ACTION');
  });

  test.each([
    [{ method: 'ALIPAY', client: 'WEB', returnUrl: 'http://127.0.0.1:3000/back' }, 'RedirectAction'],
    [{ method: 'ALIPAY', client: 'IOS' }, 'AppInvokeAction'],
    [{ method: 'WECHAT_PAY', client: 'WEB' }, 'QrCodeAction'],
    [{ method: 'WECHAT_PAY', client: 'MINI_PROGRAM', wechatOpenId: 'o1' }, 'AppInvokeAction'],
    [{ method: 'BANK_CARD', client: 'WEB' }, 'ClientConfirmAction'],
  ])('by %o is a %s', async (how, action) => {
    const { payment, userErrors } = await shop.pay(await buyOne(), how);
    expect(userErrors).toEqual([]);
    expect(payment.nextAction.__typename).toBe(action);
  });

  test('by another method closes the earlier attempt first', async () => {
    const purchase = await buyOne();
    const first = (await shop.pay(purchase)).payment;
    const second = (await shop.pay(purchase, { method: 'BANK_CARD' })).payment;
    expect(second.id).not.toBe(first.id);
    expect((await paymentsOf(purchase.groupId)).map(({ status }) => status)).toEqual(['CANCELLED', 'REQUIRES_ACTION']);
    await press(first.nextAction.content, 'pay').catch(() => undefined);
    expect((await paymentsOf(purchase.groupId)).map(({ captured }) => captured)).toEqual([null, null]);
  });

  test('by another method, when the earlier one was paid already, answers the paid one', async () => {
    const purchase = await buyOne();
    const first = (await shop.pay(purchase)).payment;
    await Promise.all([press(first.nextAction.content, 'pay'), paid(purchase.groupId)]);
    const { userErrors } = await shop.pay(purchase, { method: 'BANK_CARD' });
    expect(userErrors).toMatchObject([{ __typename: 'AlreadyPaidError', code: 'ALREADY_PAID', payment: { id: first.id, status: 'SUCCEEDED' } }]);
  });

  test.each([
    ['a foreign purchase', () => ({}), 'NOT_FOUND', true],
    ['a wrong amount', ({ total }: any) => ({ expectedAmount: { ...total, amount: total.amount - 1 } }), 'AMOUNT_CHANGED', false],
    ['a wrong currency', ({ total }: any) => ({ expectedAmount: { ...total, currency: 'USD' } }), 'AMOUNT_CHANGED', false],
    ['a foreign way back', () => ({ returnUrl: 'https://evil.example/' }), 'RETURN_URL_NOT_ALLOWED', false],
    ['company credit', () => ({ method: 'COMPANY_CREDIT' }), 'PAYMENT_METHOD_UNAVAILABLE', false],
    ['a mini program without its user', () => ({ method: 'WECHAT_PAY', client: 'MINI_PROGRAM' }), 'WECHAT_OPEN_ID_REQUIRED', false],
  ])('with %s changes nothing', async (_, more, code, isForeign) => {
    const purchase = await buyOne();
    const { payment, userErrors } = await shop.pay(isForeign ? { ...purchase, who: buyer() } : purchase, more(purchase));
    expect(payment).toBeNull();
    expect(userErrors).toMatchObject([{ code }]);
    expect(await paymentsOf(purchase.groupId)).toEqual([]);
  });

  test('declined by the bank can be tried again', async () => {
    const purchase = await buyOne();
    const first = await shop.payBy(purchase, 'decline');
    await shop.until(async () => (await shop.rows('payment', { _id: first.id, status: 'FAILED' }))[0]);
    const read = await shop.must(
      'order-payment',
      '{ payment(id: "ID") { status failure { code retryable } nextAction { __typename } } }'.replace('ID', first.id),
      {},
      purchase.who,
    );
    expect(read).toMatchObject({ status: 'FAILED', failure: { code: 'declined', retryable: true }, nextAction: null });
    const { payment } = await shop.pay(purchase);
    expect(payment.id).not.toBe(first.id);
    await press(payment.nextAction.content, 'pay');
    await paid(purchase.groupId);
  });

  test('while the provider is away says so, and the same key goes on where it stopped', async () => {
    const purchase = await buyOne();
    const idempotencyKey = key();
    shop.isProviderDown = true;
    const refused = await shop.pay(purchase, { idempotencyKey });
    shop.isProviderDown = false;
    expect(refused).toMatchObject({
      payment: null,
      userErrors: [{ __typename: 'PaymentProviderError', code: 'PAYMENT_PROVIDER_UNAVAILABLE', retryable: true }],
    });
    const [started] = await paymentsOf(purchase.groupId);
    expect(started).toMatchObject({ status: 'CREATED' });
    const { payment, userErrors } = await shop.pay(purchase, { idempotencyKey });
    expect(userErrors).toEqual([]);
    expect(payment).toMatchObject({ id: started._id, status: 'REQUIRES_ACTION' });
  });

  test('is seen by its buyer only', async () => {
    const purchase = await buyOne();
    const { payment } = await shop.pay(purchase);
    const query = `{ payment(id: "${payment.id}") { id } }`;
    expect(await shop.must('order-payment', query, {}, buyer())).toBeNull();
    expect(await shop.must('order-payment', query, {}, tea.owner)).toBeNull();
    expect(await shop.must('order-payment', query, {}, purchase.who)).toEqual({ id: payment.id });
    expect(await shop.must('order-payment', query, {}, staff('orders:read_all'))).toEqual({ id: payment.id });
  });
});

describe('money', () => {
  test('that is notified twenty times at once counts once', async () => {
    const purchase = await buyOne();
    const { payment } = await shop.pay(purchase);
    const caught: { headers: Record<string, string>; body: string }[] = [];
    shop.intercept = (headers, body) => caught.push({ headers, body });
    await press(payment.nextAction.content, 'pay');
    await paid(purchase.groupId);
    shop.intercept = null;
    const [{ headers, body }] = caught as [(typeof caught)[0]];
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${shop.origin}/psp/sandbox`, { method: 'POST', headers, body })));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(await shop.rows('outbox', { subjectId: purchase.orders[0]?.id, topic: 'order.paid' })).toHaveLength(1);
    const altered = await fetch(`${shop.origin}/psp/sandbox`, { method: 'POST', headers, body: body.replace('"amount":', '"amount": ') });
    expect(altered.status).toBe(400);
  });

  test('takes a constant number of commands to be taken in', async () => {
    const purchase = await buyOne();
    const { payment } = await shop.pay(purchase);
    shop.isDeaf = true;
    await press(payment.nextAction.content, 'pay');
    const provider = providersOf(shop.config).named('sandbox');
    const state = await provider?.query(payment.id);
    const context = shop.running('order-payment').runtime.systemContext() as Context;
    const notification = { kind: 'PAYMENT' as const, eventId: key(), paymentId: payment.id, payment: state ?? expect.fail('unknown') };
    const { commands } = await countingCommands(() => accept(context, 'sandbox', notification));
    shop.isDeaf = false;
    expect(commands).toBe(9);
  });

  test('of a wrong amount pays nothing and is given back', async () => {
    const purchase = await buyOne();
    const payment = await shop.payBy(purchase, 'wrong-amount');
    const anomaly = await shop.until(async () => (await shop.rows('payment-anomaly', { paymentId: payment.id }))[0]);
    expect(anomaly).toMatchObject({ kind: 'AMOUNT_MISMATCH', amount: purchase.total.amount - 1, expectedAmount: purchase.total.amount });
    await shop.settle();
    expect(await shop.rows('payment', { _id: payment.id })).toMatchObject([
      { status: 'FAILED', captured: purchase.total.amount - 1, refundPending: 0, refunded: purchase.total.amount - 1 },
    ]);
    expect(await shop.order(purchase.orders[0]?.id ?? '')).toMatchObject({ status: 'PENDING_PAYMENT' });
    const list = await shop.must(
      'order-payment',
      '{ paymentAnomalies(filter: { unresolvedOnly: false }) { nodes { kind resolution payment { id } group { id } amount { amount } } } }',
      {},
      staff('payments:reconcile'),
    );
    expect(list.nodes).toContainEqual({
      kind: 'AMOUNT_MISMATCH',
      resolution: 'AUTO_REFUNDED',
      payment: { id: payment.id },
      group: { id: purchase.groupId },
      amount: { amount: purchase.total.amount - 1 },
    });
  });

  test('that nobody told us of is found by asking', async () => {
    const purchase = await buyOne();
    const { payment } = await shop.pay(purchase);
    shop.isDeaf = true;
    await press(payment.nextAction.content, 'pay');
    const sync = 'mutation ($id: ID!) { paymentSync(paymentId: $id) { payment { status } orderGroup { status } userErrors { code } } }';
    expect(await shop.must('order-payment', sync, { id: payment.id }, buyer())).toMatchObject({ payment: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await shop.must('order-payment', sync, { id: payment.id }, purchase.who)).toEqual({
      payment: { status: 'SUCCEEDED' },
      orderGroup: { status: 'PAID' },
      userErrors: [],
    });
    shop.isDeaf = false;
  });
});
