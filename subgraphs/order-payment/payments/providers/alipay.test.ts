import { AlipaySdk } from 'alipay-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signed } from './alipay/signing.ts';
import { yuan, yuanOf } from './alipay/texts.ts';
import { describeProvider } from './contract.ts';
import { createWorkbench, type Traits } from './contract/workbench.ts';
import { openAlipay } from './fakes/alipay.fixture.ts';
import { foldedPem } from './fakes/keys.fixture.ts';
import { InvalidNotificationError, ProviderUnavailableError } from './provider.ts';

type Fixture = Awaited<ReturnType<typeof openAlipay>>;

const TRAITS: Traits<Fixture> = {
  methods: ['ALIPAY'],
  currencies: ['CNY'],
  notificationTolerance: null,
  signatureHeaders: [],
  afterDecline: 'REQUIRES_ACTION',
  notifiesDeclines: false,
  numbersAtOnce: false,
  largestAmount: 10_000_000_000,
  signedAnswers: {
    headers: [],
    alter({ company }, change) {
      company.tamper = change && (({ headers = {}, body = '', status }) => ({ status, ...change({ headers, body }) }));
    },
  },
};

describeProvider('alipay', openAlipay, TRAITS);

describe('Alipay', () => {
  const bench = createWorkbench<Fixture>(TRAITS);
  const { created, order, paid, refundOf } = bench;

  beforeAll(async () => {
    bench.fixture = await openAlipay();
  });
  afterAll(() => bench.fixture.close());

  const sdk = () => {
    const { appId, privateKey, publicKey, gatewayUrl } = bench.fixture.settings;
    const pem = (key: typeof privateKey) => foldedPem(key).replaceAll(String.raw`\n`, '\n');
    return new AlipaySdk({ appId, privateKey: pem(privateKey), alipayPublicKey: pem(publicKey), gateway: gatewayUrl, keyType: 'PKCS8' });
  };

  describe('as its own library knows it', () => {
    test('understands the company of these tests, and verifies its answers', async () => {
      const { paymentId } = await created();
      const answer = await sdk().exec('alipay.trade.query', { bizContent: { outTradeNo: paymentId } }, { validateSign: true });
      expect(answer).toMatchObject({ code: '10000', outTradeNo: paymentId, totalAmount: '259.00', tradeStatus: 'WAIT_BUYER_PAY', storeName: '茶/店' });
    });

    test('verifies what this company sends', async () => {
      const { raw } = await paid();
      const form = Object.fromEntries(new URLSearchParams(raw.body.toString()));
      expect(sdk().checkNotifySignV2(form)).toBe(true);
      expect(sdk().checkNotifySignV2({ ...form, total_amount: '0.01' })).toBe(false);
    });

    test('signs as we do', () => {
      const content = { bizContent: { out_trade_no: 'pay_1', subject: '两只茶壶 & more' }, returnUrl: 'https://shop.example/paid?a=1&b=2' };
      const { sign, ...params } = Object.fromEntries(new URL(sdk().pageExecute('alipay.trade.page.pay', 'GET', content)).searchParams);
      expect(signed(params, bench.fixture.settings.privateKey)['sign']).toBe(sign);
    });
  });

  test.each([
    [1, '0.01'],
    [10, '0.10'],
    [29, '0.29'],
    [100, '1.00'],
    [20_000_009, '200000.09'],
    [10_000_000_000, '100000000.00'],
  ])('%i fen are %s yuan, and back', (fen, text) => {
    expect(yuanOf(fen)).toBe(text);
    expect(yuan.parse(text)).toBe(fen);
  });

  test('reads amounts that are written shorter, and nothing else', () => {
    expect(['8', '8.5', '0.1'].map((text) => yuan.parse(text))).toEqual([800, 850, 10]);
    expect(['', '-1.00', '1.234', '1e3', ' 1.00', '1,000.00', '1.', '.5', '٣'].filter((text) => yuan.safeParse(text).success)).toEqual([]);
  });

  test('knows of a trade only once the buyer has come; until then there is nothing to close', async () => {
    const request = order();
    const { action } = await bench.provider.create(request);
    expect(await bench.provider.query(request.paymentId)).toBeNull();
    expect(await bench.provider.close(request.paymentId)).toBeNull();
    if (action) await bench.fixture.buyer.pay(action);
    expect(await bench.provider.query(request.paymentId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  describe('its notifications', () => {
    const form = {
      notify_id: 'n1',
      app_id: '2021000122671080',
      seller_id: '2088102146225135',
      out_trade_no: 'pay_1',
      trade_no: '2026',
      trade_status: 'TRADE_SUCCESS',
      total_amount: '1.00',
      gmt_payment: '2026-08-22 10:34:56',
    };
    const notified = (changes: Record<string, string>) => ({ headers: {}, body: Buffer.from(bench.fixture.signedForm({ ...form, ...changes })) });
    const verify = (changes: Record<string, string>) => bench.provider.verifyNotification(notified(changes));

    test('say when the buyer paid, in Beijing', async () => {
      expect(await verify({})).toEqual({
        kind: 'PAYMENT',
        eventId: 'n1',
        paymentId: 'pay_1',
        payment: { status: 'SUCCEEDED', reference: '2026', amount: 100, currency: 'CNY', paidAt: new Date('2026-08-22T02:34:56Z') },
      });
    });

    test.each([
      ['WAIT_BUYER_PAY', 'REQUIRES_ACTION'],
      ['TRADE_CLOSED', 'CLOSED'],
      ['TRADE_FINISHED', 'SUCCEEDED'],
    ])('%s is %s', async (trade_status, status) => {
      expect(await verify({ trade_status })).toMatchObject({ kind: 'PAYMENT', payment: { status } });
    });

    test('of what is not known are none of our business', async () => {
      expect(await verify({ trade_status: 'TRADE_PENDING' })).toMatchObject({ kind: 'OTHER' });
      expect(await verify({ gmt_refund: '2026-08-22 10:34:56.123', trade_status: 'TRADE_CLOSED' })).toMatchObject({ kind: 'OTHER' });
    });

    test('for another seller, with a value twice, or signed in the old way are refused', async () => {
      await expect(verify({ seller_id: '2088102146225136' })).rejects.toThrow(InvalidNotificationError);
      const { body } = notified({});
      for (const changed of [
        `${body}&total_amount=1.00`,
        String(body).replace('sign_type=RSA2', 'sign_type=RSA'),
        String(body).replace('&sign_type=RSA2', ''),
      ]) {
        await expect(bench.provider.verifyNotification({ headers: {}, body: Buffer.from(changed) })).rejects.toThrow(InvalidNotificationError);
      }
    });

    test('of a refund that Alipay does not know yet are to be sent again', async () => {
      const { paymentId } = await paid();
      const early = verify({ out_trade_no: paymentId, out_biz_no: 'refund_1-1', gmt_refund: '2026-08-22 10:34:56.123' });
      await expect(early).rejects.toThrow(ProviderUnavailableError);
    });
  });

  test('a full refund closes the trade at Alipay, and does not make the payment unpaid', async () => {
    const payment = await paid();
    await bench.provider.refund(refundOf(payment, { amount: payment.request.amount }));
    const [, raw] = await bench.fixture.notifications(payment.paymentId, 2);
    expect(new URLSearchParams(raw?.body.toString()).get('trade_status')).toBe('TRADE_CLOSED');
    expect(raw && (await bench.provider.verifyNotification(raw))).toMatchObject({ kind: 'REFUND', refund: { status: 'SUCCEEDED' } });
  });

  test.each([
    ['without a signature', '{"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id"}}'],
    ['that is a page', '<html><body>Bad gateway</body></html>'],
  ])('an answer %s tells nothing', async (_what, body) => {
    bench.fixture.company.tamper = () => ({ status: 200, body });
    await expect(bench.provider.create(order())).rejects.toThrow(ProviderUnavailableError);
    bench.fixture.company.tamper = null;
  });

  test.each([
    ['20000', 'isp.unknow-error'],
    ['40004', 'ACQ.SYSTEM_ERROR'],
  ])('%s %s leaves the outcome unknown', async (code, subCode) => {
    bench.fixture.breakdown = { code, msg: 'Service Currently Unavailable', sub_code: subCode, sub_msg: '系统繁忙' };
    const refund = refundOf({ paymentId: 'pay_any', reference: '1' });
    await expect(bench.provider.refund(refund)).rejects.toThrow(ProviderUnavailableError);
    bench.fixture.breakdown = null;
  });
});
