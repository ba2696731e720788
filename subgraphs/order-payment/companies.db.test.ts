import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buyer } from '../../test/subgraphs.ts';
import type { Context } from './context.ts';
import { type PayingShop, startPayingShop } from './paying.fixture.ts';
import { closeOverdueAttempt } from './payments/deadlines.ts';
import { openAlipay } from './payments/providers/fakes/alipay.fixture.ts';
import { openStripe } from './payments/providers/fakes/stripe.fixture.ts';
import { openWechatPay } from './payments/providers/fakes/wechat-pay.fixture.ts';
import { key, type ShopMerchant } from './shop.fixture.ts';

let companies: {
  readonly stripe: Awaited<ReturnType<typeof openStripe>>;
  readonly alipay: Awaited<ReturnType<typeof openAlipay>>;
  readonly 'wechat-pay': Awaited<ReturnType<typeof openWechatPay>>;
};
let shop: PayingShop;
let tea: ShopMerchant;
let leaf: string;

beforeAll(async () => {
  companies = { stripe: await openStripe(), alipay: await openAlipay(), 'wechat-pay': await openWechatPay('public-key') };
  shop = await startPayingShop(Object.assign({}, ...Object.values(companies).map(({ environment }) => environment)));
  companies.stripe.webhookUrl = `${shop.origin}/psp/stripe`;
  tea = await shop.openMerchant();
  leaf = await shop.addVariant(tea, { price: 1990, stock: 1000 });
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await Promise.all(Object.values(companies).map((company) => company.close()));
});

const buyOne = (who = buyer()) => shop.buy(who, [{ variantId: leaf, quantity: 1 }], [tea]);
const isPaid = (groupId: string) => shop.until(async () => (await shop.rows('order-group', { _id: groupId, status: 'PAID' }))[0]);
const attempt = async (id: string) => (await shop.rows('payment', { _id: id }))[0];

const WAYS = [
  ['stripe', { method: 'BANK_CARD' }, 'ClientConfirmAction'],
  ['alipay', { method: 'ALIPAY' }, 'QrCodeAction'],
  ['alipay', { method: 'ALIPAY', returnUrl: 'http://127.0.0.1:3000/back' }, 'RedirectAction'],
  ['alipay', { method: 'ALIPAY', client: 'IOS' }, 'AppInvokeAction'],
  ['wechat-pay', { method: 'WECHAT_PAY' }, 'QrCodeAction'],
  ['wechat-pay', { method: 'WECHAT_PAY', client: 'MOBILE_WEB' }, 'RedirectAction'],
  ['wechat-pay', { method: 'WECHAT_PAY', client: 'WECHAT_IN_APP', wechatOpenId: 'o1' }, 'AppInvokeAction'],
] as const;

describe('a shop with accounts at three companies', () => {
  test.each(WAYS)('is paid through %s by %o, and pays back', async (name, how, action) => {
    const purchase = await buyOne();
    const { payment, userErrors } = await shop.pay(purchase, how);
    expect(userErrors).toEqual([]);
    expect(payment).toMatchObject({ provider: name, status: 'REQUIRES_ACTION', nextAction: { __typename: action } });

    const company = companies[name];
    await company.buyer.pay((await attempt(payment.id)).action);
    await isPaid(purchase.groupId);
    const paid = await attempt(payment.id);
    expect(paid).toMatchObject({ status: 'SUCCEEDED', captured: purchase.total.amount, capturedCurrency: 'CNY' });
    expect(paid.reference).not.toBe(payment.id);

    const [order] = purchase.orders;
    const cancel = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { code } } }';
    const input = { orderId: order?.id, reason: 'CHANGED_MIND', idempotencyKey: key() };
    expect(await shop.must('order-payment', cancel, { input }, purchase.who)).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
    await shop.until(async () => (await attempt(payment.id)).refunded === purchase.total.amount);
    expect(await attempt(payment.id)).toMatchObject({ refunded: purchase.total.amount, refundPending: 0 });
  });

  test('offers each method in the currencies that its company takes', async () => {
    const query = (currency: string) => `{ paymentMethods(currency: "${currency}", countryCode: "CN") { method } }`;
    const methods = async (currency: string) => (await shop.must('order-payment', query(currency), {}, buyer())).map(({ method }: any) => method);
    expect(await methods('CNY')).toEqual(['ALIPAY', 'WECHAT_PAY', 'BANK_CARD']);
    expect(await methods('USD')).toEqual(['BANK_CARD']);
  });

  test('asks for the open id wherever WeChat Pay needs it', async () => {
    const { userErrors } = await shop.pay(await buyOne(), { method: 'WECHAT_PAY', client: 'WECHAT_IN_APP' });
    expect(userErrors).toMatchObject([{ code: 'WECHAT_OPEN_ID_REQUIRED' }]);
  });

  test('closes the card payment at Stripe when the buyer takes another method', async () => {
    const purchase = await buyOne();
    const card = (await shop.pay(purchase, { method: 'BANK_CARD' })).payment;
    const { action } = await attempt(card.id);
    await shop.pay(purchase, { method: 'ALIPAY' });
    await companies.stripe.buyer.pay(action);
    expect(await companies.stripe.provider.query(card.id)).toMatchObject({ status: 'CLOSED' });
    expect(await attempt(card.id)).toMatchObject({ status: 'CANCELLED', captured: null });
  });

  test('closes a card payment in time, since Stripe knows no deadlines', async () => {
    const { payment } = await shop.pay(await buyOne(), { method: 'BANK_CARD' });
    const [job] = await shop.rows('jobs', { kind: 'payment-deadline', subjectId: payment.id });
    expect(job.runAt).toEqual(new Date(payment.expiresAt));
    const { database, systemContext } = shop.running('order-payment').runtime;
    const close = () => closeOverdueAttempt(systemContext() as Context, { subjectId: payment.id, now: new Date() });
    await close();
    expect(await attempt(payment.id)).toMatchObject({ status: 'REQUIRES_ACTION' });

    await database.collection<{ _id: string }>('payment').updateOne({ _id: payment.id }, { $set: { expiresAt: new Date(0) } });
    companies.stripe.company.isDown = true;
    await close();
    companies.stripe.company.isDown = false;
    expect(await attempt(payment.id)).toMatchObject({ status: 'REQUIRES_ACTION' });
    await close();
    expect(await attempt(payment.id)).toMatchObject({ status: 'EXPIRED', captured: null });
    expect(await companies.stripe.provider.query(payment.id)).toMatchObject({ status: 'CLOSED' });
  });

  test('finds by asking what was never notified', async () => {
    for (const [name, how] of [WAYS[0], WAYS[1], WAYS[4]]) {
      const purchase = await buyOne();
      const { payment } = await shop.pay(purchase, how);
      shop.isDeaf = true;
      await companies[name].buyer.pay((await attempt(payment.id)).action);
      const sync = 'mutation ($id: ID!) { paymentSync(paymentId: $id) { payment { status } orderGroup { status } userErrors { code } } }';
      expect(await shop.must('order-payment', sync, { id: payment.id }, purchase.who)).toEqual({
        payment: { status: 'SUCCEEDED' },
        orderGroup: { status: 'PAID' },
        userErrors: [],
      });
      shop.isDeaf = false;
    }
  });
});

describe('the doors for notifications', () => {
  const knock = (name: string, body: string, headers: Record<string, string> = {}) => fetch(`${shop.origin}/psp/${name}`, { method: 'POST', body, headers });

  const alipayForm = (fields: Record<string, string>) =>
    companies.alipay.signedForm({ notify_id: key(), app_id: companies.alipay.settings.appId, seller_id: '2088102146225135', ...fields });

  test.each(['stripe', 'alipay', 'wechat-pay'])('%s takes nothing that is not signed', async (name) => {
    expect((await knock(name, '{"id":"evt_1"}')).status).toBe(400);
    expect((await fetch(`${shop.origin}/psp/${name}`)).status).toBe(405);
  });

  test('answer in the words that each company wants to hear', async () => {
    const form = alipayForm({ out_trade_no: 'pay_x', trade_no: '1', total_amount: '1.00', trade_status: 'WAIT_BUYER_PAY' });
    const alipay = await knock('alipay', form, { 'content-type': 'application/x-www-form-urlencoded' });
    expect([alipay.status, await alipay.text()]).toEqual([200, 'success']);
    const { headers, body } = companies['wechat-pay'].signedNotification('OTHER', 'x', {});
    const wechatPay = await knock('wechat-pay', body, headers);
    expect([wechatPay.status, await wechatPay.json()]).toMatchObject([200, { code: 'SUCCESS' }]);
  });

  test('money for a payment that nobody knows is kept for people to look at', async () => {
    const paid = { total_amount: '8.00', trade_status: 'TRADE_SUCCESS', gmt_payment: '2026-08-22 10:34:56' };
    const body = alipayForm({ out_trade_no: 'pay_strange', trade_no: '2026strange', ...paid });
    for (let round = 0; round < 2; round += 1) expect((await knock('alipay', body)).status).toBe(200);
    expect(await shop.rows('payment-anomaly', { providerReference: '2026strange' })).toMatchObject([
      { kind: 'UNKNOWN_REFERENCE', provider: 'alipay', amount: 800 },
    ]);
  });
});
