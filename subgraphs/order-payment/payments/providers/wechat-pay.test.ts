import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import { describeProvider } from './contract.ts';
import { createWorkbench, type Traits } from './contract/workbench.ts';
import { keysOf } from './fakes/keys.fixture.ts';
import { openWechatPay } from './fakes/wechat-pay.fixture.ts';
import { InvalidNotificationError, ProviderRejectedError, ProviderUnavailableError } from './provider.ts';
import { cut } from './wechat-pay/prepaying.ts';
import { authorizationOf, unsealed } from './wechat-pay/signing.ts';

type Fixture = Awaited<ReturnType<typeof openWechatPay>>;

const SIGNATURE_HEADERS = ['wechatpay-serial', 'wechatpay-signature', 'wechatpay-timestamp', 'wechatpay-nonce'];

const TRAITS: Traits<Fixture> = {
  methods: ['WECHAT_PAY'],
  currencies: ['CNY'],
  notificationTolerance: 300,
  signatureHeaders: SIGNATURE_HEADERS,
  afterDecline: 'REQUIRES_ACTION',
  notifiesDeclines: false,
  numbersAtOnce: false,
  largestAmount: 2 ** 31 - 1,
  signedAnswers: {
    headers: SIGNATURE_HEADERS,
    alter({ company }, change) {
      company.tamper = change && (({ headers = {}, body = '', status }) => ({ status, ...change({ headers, body }) }));
    },
  },
};

describeProvider('wechat-pay with its public key', () => openWechatPay('public-key'), TRAITS);
describeProvider('wechat-pay with platform certificates', () => openWechatPay('certificates'), TRAITS);

describe('WeChat Pay', () => {
  const bench = createWorkbench<Fixture>(TRAITS);
  const { created, order, paid, refundOf } = bench;

  beforeAll(async () => {
    bench.fixture = await openWechatPay('public-key');
  });
  afterAll(() => bench.fixture.close());

  const paramsOf = (action: Awaited<ReturnType<typeof created>>['action']) =>
    action.type === 'APP_INVOKE' ? Object.fromEntries(action.params.map(({ name, value }) => [name, value])) : {};

  describe('as a library of others knows it', () => {
    test('understands the company of these tests, and verifies its answers', async () => {
      const { apiUrl, mchId: mchid, serialNo: serial, privateKey } = bench.fixture.settings;
      const certs = { PUB_KEY_ID_0119000072912024: keysOf('wechat public key').publicKey };
      const library = new Wechatpay({ mchid, serial, privateKey: privateKey as never, certs: certs as never, baseURL: apiUrl });
      const { paymentId } = await created();
      const headers = { 'Wechatpay-Serial': 'PUB_KEY_ID_0119000072912024', 'User-Agent': 'library', Accept: 'application/json' };
      const path = `v3/pay/transactions/out-trade-no/${paymentId}`;
      const { data } = await (library as any).chain(path).get({ params: { mchid }, headers });
      expect(data).toMatchObject({ out_trade_no: paymentId, trade_state: 'NOTPAY', amount: { total: 25_900 } });
    });

    test('signs requests as we do', () => {
      const now = new Date('2026-08-22T02:34:56Z');
      const body = JSON.stringify({ description: '两只茶壶' });
      const ours = authorizationOf(bench.fixture.settings, 'POST', '/v3/pay/transactions/native?a=b', body, now);
      const { nonce_str: nonce = '', signature = '' } = Object.fromEntries([...ours.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
      const content = Formatter.request('POST', '/v3/pay/transactions/native?a=b', 1_787_366_096, nonce, body);
      const { mchId, serialNo, privateKey } = bench.fixture.settings;
      expect(Rsa.sign(content, privateKey as never)).toBe(signature);
      const fields = (text: string) => text.slice(text.indexOf(' ')).trim().split(',').sort();
      expect(fields(Formatter.authorization(mchId, nonce, signature, '1787366096', serialNo))).toEqual(fields(ours));
    });

    test('opens what this company sealed, and seals what we open', async () => {
      const { raw, paymentId } = await paid();
      const { resource } = JSON.parse(raw.body.toString());
      const { apiV3Key } = bench.fixture.settings;
      const opened = Aes.AesGcm.decrypt(resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data);
      expect(JSON.parse(opened)).toMatchObject({ out_trade_no: paymentId });
      const ciphertext = Aes.AesGcm.encrypt('两只茶壶', apiV3Key, 'abcdefghijkl', 'refund');
      const box = { algorithm: 'AEAD_AES_256_GCM', nonce: 'abcdefghijkl', ciphertext, associated_data: 'refund' } as const;
      expect(unsealed(box, apiV3Key)).toBe('两只茶壶');
    });

    test('verifies what an app is handed', async () => {
      const { publicKey } = keysOf('wechat merchant');
      const inWechat = paramsOf((await created({ client: 'MINI_PROGRAM' })).action);
      expect(inWechat).toMatchObject({ appId: bench.fixture.settings.miniProgramAppId, signType: 'RSA', package: expect.stringMatching(/^prepay_id=wx/) });
      const { appId = '', timeStamp = '', nonceStr = '', paySign = '' } = inWechat;
      expect(Rsa.verify(Formatter.joinedByLineFeed(appId, timeStamp, nonceStr, inWechat['package'] ?? ''), paySign, publicKey as never)).toBe(true);
      const inApp = paramsOf((await created({ client: 'IOS' })).action);
      expect(inApp).toMatchObject({ appid: bench.fixture.settings.appId, partnerid: bench.fixture.settings.mchId, package: 'Sign=WXPay' });
      const { appid = '', timestamp = '', noncestr = '', prepayid = '', sign = '' } = inApp;
      expect(Rsa.verify(Formatter.joinedByLineFeed(appid, timestamp, noncestr, prepayid), sign, publicKey as never)).toBe(true);
    });
  });

  describe('what it must be told', () => {
    test.each(['WECHAT_IN_APP', 'MINI_PROGRAM'] as const)('on %s: the open id', async (client) => {
      expect(bench.provider.needsWechatOpenId('WECHAT_PAY', client)).toBe(true);
      await expect(bench.provider.create(order({ client, wechatOpenId: undefined }))).rejects.toThrow(/wechatOpenId/);
    });

    test('on a mobile page: from where the buyer comes, and where he goes', async () => {
      await expect(bench.provider.create(order({ client: 'MOBILE_WEB', clientIp: undefined }))).rejects.toThrow(ProviderRejectedError);
      const { action } = await created({ client: 'MOBILE_WEB', returnUrl: 'https://shop.example/paid?a=1&b=2' });
      expect(action).toMatchObject({ type: 'REDIRECT', url: expect.stringMatching(/&redirect_url=https%3A%2F%2Fshop\.example%2Fpaid%3Fa%3D1%26b%3D2$/) });
    });

    test('a deadline of a minute at least, and a description of 127 bytes at most', async () => {
      const { action } = await bench.provider.create(order({ deadline: new Date(Date.now() + 5_000), description: '茶'.repeat(100) }));
      expect(action?.type).toBe('QR_CODE');
      expect([cut('茶茶茶', 8), cut('ab', 8), cut('a😀', 3)]).toEqual(['茶茶', 'ab', 'a']);
    });
  });

  describe('its notifications', () => {
    const verify = (type: string, content: object, by = bench.provider) => {
      const { headers, body } = bench.fixture.signedNotification(type, 'transaction', content);
      return by.verifyNotification({ headers, body: Buffer.from(body) });
    };

    test('for another merchant or another app are refused', async () => {
      const { paymentId } = await created();
      const transaction = bench.fixture.transactionOf(paymentId);
      expect(await verify('TRANSACTION.SUCCESS', transaction)).toMatchObject({ kind: 'PAYMENT', payment: { status: 'REQUIRES_ACTION' } });
      for (const change of [{ mchid: '1900000000' }, { appid: 'wx0000000000000000' }]) {
        await expect(verify('TRANSACTION.SUCCESS', { ...transaction, ...change })).rejects.toThrow(InvalidNotificationError);
      }
      const refund = { out_trade_no: paymentId, out_refund_no: 'r-1', refund_id: '1', refund_status: 'SUCCESS', amount: { refund: 1, total: 2 } };
      expect(await verify('REFUND.SUCCESS', { ...refund, mchid: bench.fixture.settings.mchId })).toMatchObject({ kind: 'REFUND' });
      await expect(verify('REFUND.SUCCESS', { ...refund, mchid: '1900000000' })).rejects.toThrow(InvalidNotificationError);
      await expect(verify('REFUND.SUCCESS', {})).rejects.toThrow(InvalidNotificationError);
    });

    test('encrypted for somebody else are refused', async () => {
      const by = bench.fixture.connect({ apiV3Key: 'x'.repeat(32) });
      await expect(verify('TRANSACTION.SUCCESS', {}, by)).rejects.toThrow(/not encrypted for us/);
    });

    test('of what is not known are none of our business', async () => {
      expect(await verify('PAYSCORE.USER_PAID', { any: 'thing' })).toMatchObject({ kind: 'OTHER', topic: 'PAYSCORE.USER_PAID' });
    });
  });

  describe('its keys', () => {
    const count = (path: string) => bench.fixture.company.calls.filter(({ url }) => url.pathname === path).length;
    const certified = () => bench.fixture.connect({ publicKey: undefined });

    test('while a merchant changes over, both are taken', async () => {
      const old = await openWechatPay('certificates');
      const { publicKey } = bench.fixture.settings;
      const provider = old.connect({ publicKey });
      const { headers, body } = old.signedNotification('OTHER', 'x', {});
      expect(await provider.verifyNotification({ headers, body: Buffer.from(body) })).toMatchObject({ kind: 'OTHER' });
      await old.close();
    });

    test('are fetched once, however many messages ask, and an invented one makes nobody fetch again', async () => {
      const provider = certified();
      const before = count('/v3/certificates');
      const payments = await Promise.all(Array.from({ length: 5 }, () => provider.create(order())));
      expect(payments).toHaveLength(5);
      const { headers, body } = bench.fixture.signedNotification('OTHER', 'x', {});
      for (let round = 0; round < 5; round += 1) {
        const raw = { headers: { ...headers, 'wechatpay-serial': `ABCDEF${round}` }, body: Buffer.from(body) };
        await expect(provider.verifyNotification(raw)).rejects.toThrow(InvalidNotificationError);
      }
      expect(count('/v3/certificates')).toBe(before + 1);
    });

    test('are renewed, and not used beyond their time', async () => {
      const { fixture } = bench;
      const provider = fixture.connect({ publicKey: undefined, now: () => new Date(Date.now() + fixture.aheadMs) });
      const notYetDue = () => order({ deadline: new Date(Date.now() + fixture.aheadMs + 120_000) });
      await provider.create(notYetDue());
      await provider.create(notYetDue());
      const before = count('/v3/certificates');
      fixture.aheadMs = 13 * 3_600_000;
      await provider.create(notYetDue());
      await provider.create(notYetDue());
      expect(count('/v3/certificates')).toBe(before + 1);
      fixture.certificateEndsAt = Date.now() + 14 * 3_600_000;
      fixture.aheadMs = 26 * 3_600_000;
      await expect(provider.create(notYetDue())).rejects.toThrow(ProviderUnavailableError);
      Object.assign(fixture, { aheadMs: 0, certificateEndsAt: Date.now() + 86_400_000 });
    });

    test('sealed with another APIv3 key are not believed', async () => {
      const provider = bench.fixture.connect({ publicKey: undefined, apiV3Key: 'x'.repeat(32) });
      await expect(provider.create(order())).rejects.toThrow(/APIv3 key/);
    });

    test('of a merchant without certificates are those that he has', async () => {
      const { headers, body } = bench.fixture.signedNotification('OTHER', 'x', {});
      bench.fixture.breakdown = { status: 404, content: { code: 'RESOURCE_NOT_EXISTS', message: '无可用的平台证书' } };
      const raw = { headers: { ...headers, 'wechatpay-serial': 'ABCDEF01' }, body: Buffer.from(body) };
      await expect(bench.fixture.connect().verifyNotification(raw)).rejects.toThrow(InvalidNotificationError);
      bench.fixture.breakdown = null;
    });
  });

  describe('refunds', () => {
    test('that a bank would not take are held, and stay on their way', async () => {
      bench.fixture.refundsEndAs = 'ABNORMAL';
      const amount = bench.fixture.refundAmounts.pendsFirst;
      const payment = await paid(amount);
      const refund = refundOf(payment, { amount });
      await bench.provider.refund(refund);
      const [, raw] = await bench.fixture.notifications(payment.paymentId, 2);
      expect(raw && (await bench.provider.verifyNotification(raw))).toMatchObject({ kind: 'REFUND', refund: { status: 'PENDING' } });
      expect(await bench.provider.queryRefund(refund.refundKey, payment.paymentId)).toMatchObject({ status: 'PENDING' });
      bench.fixture.refundsEndAs = 'SUCCESS';
    });

    test('for which the balance does not suffice have failed', async () => {
      const refund = refundOf(await paid());
      bench.fixture.company.tamper = (response) =>
        response.body?.includes('"trade_state"') ? response : { status: 403, body: '{"code":"NOT_ENOUGH","message":"余额不足"}' };
      expect(await bench.provider.refund(refund)).toMatchObject({ status: 'FAILED', failure: { code: 'NOT_ENOUGH' } });
      bench.fixture.company.tamper = null;
    });
  });

  test.each([
    [500, { code: 'SYSTEM_ERROR', message: '系统异常' }],
    [400, { code: 'SYSTEM_ERROR', message: '系统异常' }],
    [429, { code: 'FREQUENCY_LIMITED', message: '频率超限' }],
    [403, undefined],
    [302, undefined],
  ])('%i %o leaves the outcome unknown', async (status, content) => {
    bench.fixture.breakdown = { status, ...(content && { content }) };
    await expect(bench.provider.create(order())).rejects.toThrow(ProviderUnavailableError);
    bench.fixture.breakdown = null;
  });

  test('a wrong key of ours is a definite no', async () => {
    const provider = bench.fixture.connect({ privateKey: keysOf('somebody else').privateKey });
    await expect(provider.create(order())).rejects.toThrow(ProviderRejectedError);
  });

  test('what is too short to be sealed is not opened', () => {
    const box = { algorithm: 'AEAD_AES_256_GCM', ciphertext: 'AAAA', nonce: '', associated_data: '' } as const;
    expect(unsealed(box, 'k'.repeat(32))).toBeNull();
  });
});
