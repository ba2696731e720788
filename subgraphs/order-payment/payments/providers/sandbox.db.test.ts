import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { describeProvider } from './contract.ts';
import type { CreatePayment } from './provider.ts';
import { look, openSandbox, press, type SandboxFixture, submit } from './sandbox.fixture.ts';

const open = () => openSandbox(inject('mongoUri'));

describeProvider('sandbox', open, {
  methods: ['ALIPAY', 'WECHAT_PAY', 'BANK_CARD'],
  currencies: null,
  notificationTolerance: 300,
  signatureHeaders: ['sandbox-signature'],
  afterDecline: 'FAILED',
  notifiesDeclines: true,
  numbersAtOnce: true,
  largestAmount: 2 ** 53 - 1,
});

describe('the sandbox company', () => {
  let sandbox: SandboxFixture;

  beforeAll(async () => {
    sandbox = await open();
  });
  afterAll(async () => {
    expect(sandbox.errors).toEqual([]);
    await sandbox.close();
  });

  async function created(changes: Partial<CreatePayment> = {}) {
    const paymentId = `payment_${randomUUID()}`;
    const { payment, action } = await sandbox.provider.create({
      paymentId,
      method: 'ALIPAY',
      client: 'WEB',
      amount: 12_345,
      currency: 'CNY',
      description: 'Two teapots',
      merchantName: 'Tea & <b>Co</b>',
      deadline: new Date(sandbox.now().getTime() + 60_000),
      notifyUrl: sandbox.notifyUrl,
      locale: 'en',
      ...changes,
    });
    if (!action) throw new Error('no action');
    return { paymentId, reference: payment.reference, action, page: sandbox.pageOf(action) };
  }

  const verified = async (paymentId: string, count: number) =>
    Promise.all((await sandbox.notifications(paymentId, count)).map((raw) => sandbox.provider.verifyNotification(raw)));

  describe('its page', () => {
    test('shows merchant, amount, deadline and every button, and escapes what merchants wrote', async () => {
      const { page } = await created({ description: '"><script>alert(1)</script>' });
      const { status, text, buttons } = await look(page);
      expect(status).toBe(200);
      expect(text).toContain('Tea &amp; &lt;b&gt;Co&lt;/b&gt;');
      expect(text).toContain('123.45');
      expect(text).toContain('<time datetime=');
      expect(text).not.toContain('<script');
      expect(buttons).toEqual(['pay', 'decline', 'later', 'twice', 'wrong-amount', 'wrong-currency']);
    });

    test('speaks the buyer’s language, else the payment’s', async () => {
      const { page } = await created({ locale: 'zh-CN' });
      expect((await look(page, { 'accept-language': 'de, zh-TW;q=0.4, en-GB;q=0.5' })).text).toContain('lang="en"');
      expect((await look(page, { 'accept-language': 'zh, en;q=0.5' })).text).toContain('支付截止时间');
      expect((await look(page, { 'accept-language': 'fr' })).text).toContain('lang="zh"');
    });

    test.each([
      [1, 'JPY', '¥1'],
      [9_007_199_254_740_991, 'USD', '$90,071,992,547,409.91'],
      [5, 'USD', '$0.05'],
      [1_234, 'KWD', '1.234'],
    ])('shows %i minor units of %s as %s', async (amount, currency, shown) => {
      const { page } = await created({ amount, currency });
      expect((await look(page)).text).toContain(shown);
    });

    test('goes back to returnUrl with the payment’s id, or shows what came of it', async () => {
      const returning = await created({ returnUrl: 'https://shop.example/paid?order=1#top' });
      const expected = `https://shop.example/paid?order=1&paymentId=${returning.paymentId}#top`;
      expect(await press(returning.page, 'pay')).toMatchObject({ status: 303, location: expected });

      const { page } = await created();
      const { status, location } = await press(page, 'pay');
      expect(status).toBe(303);
      expect((await look(new URL(location ?? '', page).href)).text).toContain('This payment has been paid.');
    });

    test('takes its return address from nobody but the merchant', async () => {
      const { page } = await created({ returnUrl: 'https://shop.example/paid' });
      const { location } = await submit(`${page}?returnUrl=https://evil.example/`, 'pay');
      expect(location).toMatch(/^https:\/\/shop\.example\//);
      await expect(created({ returnUrl: 'javascript:alert(1)' })).rejects.toThrow(/returnUrl/);
    });

    test('a card’s client secret is confirmed on it', async () => {
      const { paymentId, action, page } = await created({ method: 'BANK_CARD', returnUrl: 'https://shop.example/paid' });
      expect(action).toMatchObject({ type: 'CLIENT_CONFIRM', publishableKey: expect.stringMatching(/^pk_/) });
      expect(await press(page, 'pay')).toMatchObject({ status: 303 });
      expect(await sandbox.provider.query(paymentId)).toMatchObject({ status: 'SUCCEEDED' });
    });

    test.each(['/sandbox/pay/guessed', '/sandbox/confirm', '/sandbox/confirm?client_secret=a_secret_b', '/sandbox/', '/sandbox/api'])(
      '%s is nobody’s',
      async (path) => {
        expect((await look(`${sandbox.origin}${path}`)).status).toBe(404);
      },
    );

    test('what is not one of its buttons does nothing', async () => {
      const { page, paymentId } = await created();
      expect((await submit(page, 'toString')).status).toBe(400);
      expect((await fetch(page, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(400);
      expect((await fetch(page, { method: 'DELETE' })).status).toBe(405);
      expect(await sandbox.provider.query(paymentId)).toMatchObject({ status: 'REQUIRES_ACTION' });
    });

    test('paid, declined, closed and expired ones say so and have no buttons', async () => {
      const paid = await created();
      await press(paid.page, 'pay');
      const declined = await created();
      await press(declined.page, 'decline');
      const closed = await created();
      await sandbox.provider.close(closed.paymentId);
      const expired = await created({ deadline: new Date(Date.now() + 300) });
      await sleep(400);
      expect(await sandbox.provider.query(expired.paymentId)).toMatchObject({ status: 'CLOSED' });

      const texts = { paid: 'has been paid', declined: 'was declined', closed: 'is closed or has expired', expired: 'is closed or has expired' };
      for (const [name, { page }] of Object.entries({ paid, declined, closed, expired })) {
        const { text, buttons } = await look(page);
        expect(buttons).toEqual([]);
        expect(text).toContain(texts[name as keyof typeof texts]);
        expect((await submit(page, 'pay')).status).toBe(409);
      }
      expect(await sandbox.provider.query(expired.paymentId)).toMatchObject({ status: 'CLOSED' });
    });

    test('ten presses at once pay once', async () => {
      const { page, paymentId } = await created();
      const answers = await Promise.all(Array.from({ length: 10 }, () => submit(page, 'pay')));
      expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(409)]);
      await sleep(200);
      expect(await sandbox.notifications(paymentId, 1)).toHaveLength(1);
    });
  });

  describe('its other outcomes', () => {
    test('twice: the same event comes twice', async () => {
      const { paymentId, action } = await created();
      await sandbox.press(action, 'twice');
      const [first, second] = await verified(paymentId, 2);
      expect(first).toEqual(second);
    });

    test('later: paid after two seconds, on its way until then, and not to be closed', async () => {
      const { paymentId, action } = await created({ deadline: new Date(Date.now() + 1_500) });
      await sandbox.press(action, 'later');
      expect(await sandbox.provider.query(paymentId)).toMatchObject({ status: 'PROCESSING' });
      expect(await sandbox.provider.close(paymentId)).toMatchObject({ status: 'PROCESSING' });
      expect(await verified(paymentId, 1)).toMatchObject([{ payment: { status: 'SUCCEEDED' } }]);
      expect(await sandbox.provider.query(paymentId)).toMatchObject({ status: 'SUCCEEDED' });
    });

    test.each([
      ['wrong-amount', { amount: 12_344, currency: 'CNY' }],
      ['wrong-currency', { amount: 12_345, currency: 'USD' }],
    ])('%s: it is what was captured, and what can be refunded', async (button, money) => {
      const { paymentId, reference, action } = await created();
      await sandbox.press(action, button);
      expect(await verified(paymentId, 1)).toMatchObject([{ payment: { status: 'SUCCEEDED', ...money } }]);
      expect(await sandbox.provider.query(paymentId)).toMatchObject({ status: 'SUCCEEDED', ...money });
      const refund = { refundKey: 'all:1', paymentId, reference, ...money, reason: 'anomaly', notifyUrl: sandbox.notifyUrl };
      expect(await sandbox.provider.refund(refund)).toMatchObject({ status: 'SUCCEEDED', ...money });
    });
  });

  describe('its notifications', () => {
    test('are repeated with the same bytes until they are taken', async () => {
      const { paymentId, action } = await created();
      sandbox.answers.push(500, 302, 404);
      await sandbox.press(action, 'pay');
      const all = await sandbox.notifications(paymentId, 4);
      expect(new Set(all.map(({ body }) => body.toString())).size).toBe(1);
      await sleep(300);
      expect(await sandbox.notifications(paymentId, 4)).toHaveLength(4);
    });

    test('that piled up are all sent', async () => {
      const payments = await Promise.all(Array.from({ length: 80 }, () => created()));
      await sandbox.restart(async () => {
        await Promise.all(payments.map(({ action }) => sandbox.press(action, 'pay')));
      });
      sandbox.advance(16_000);
      await Promise.all(payments.map(({ paymentId }) => sandbox.notifications(paymentId, 1)));
      expect(await sandbox.database.collection('payments').countDocuments({ 'tasks.attempts': { $gt: 0 } })).toBe(0);
    });

    test('and payments under way outlive the process', async () => {
      const [paid, later] = [await created(), await created()];
      // Not started, it writes what is to be done and does not come to doing it, as if killed in between.
      await sandbox.restart(async () => {
        await sandbox.press(paid.action, 'pay');
        await sandbox.press(later.action, 'later');
      });
      sandbox.advance(16_000);
      expect(await verified(paid.paymentId, 1)).toMatchObject([{ payment: { status: 'SUCCEEDED' } }]);
      expect(await verified(later.paymentId, 1)).toMatchObject([{ payment: { status: 'SUCCEEDED' } }]);
    });
  });

  describe('its API', () => {
    const call = (path: string, { secret = 'a-secret-of-the-tests', account = 'shop-1', at = sandbox.now().getTime(), method = 'POST', body = '{}' } = {}) => {
      const timestamp = Math.floor(at / 1000);
      const signature = createHmac('sha256', secret).update(`${timestamp}.${method} ${path}.${body}`).digest('hex');
      const headers = { 'sandbox-account': account, 'sandbox-signature': `t=${timestamp},v1=${signature}` };
      return fetch(`${sandbox.origin}${path}`, { method, headers, body: method === 'GET' ? null : body });
    };

    test.each([
      ['another secret', { secret: 'wrong' }],
      ['another account', { account: 'shop-2' }],
      ['an old timestamp', { at: 0 }],
    ])('refuses %s', async (_what, changes) => {
      expect((await call('/sandbox/api/payments', changes)).status).toBe(401);
    });

    test('refuses what is unsigned before it looks at it', async () => {
      expect((await fetch(`${sandbox.origin}/sandbox/api/none`)).status).toBe(401);
    });

    test.each([
      ['/sandbox/api/payments', { body: '{' }, 400],
      ['/sandbox/api/payments', { body: '[]' }, 400],
      ['/sandbox/api/payments', { body: JSON.stringify({ paymentId: 'p', amount: -1 }) }, 400],
      ['/sandbox/api/payments', { body: 'x'.repeat(70_000) }, 413],
      ['/sandbox/api/payments/%zz/close', {}, 400],
      ['/sandbox/api/payments/none/close', {}, 404],
      ['/sandbox/api/other', {}, 404],
      ['/sandbox/api/payments', { method: 'DELETE' }, 405],
    ])('answers %s %o with %i', async (path, options, status) => {
      const answer = await call(path, options);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    });
  });
});
