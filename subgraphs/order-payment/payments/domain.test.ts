import { describe, expect, test } from 'vitest';
import {
  isLive,
  isReturnUrlAllowed,
  isSameAttempt,
  mayBecome,
  mismatchOf,
  PAYMENT_STATUSES,
  PAYMENT_TRANSITIONS,
  type PaymentStatus,
  paymentDeadline,
  pollAfterSeconds,
  statusesBefore,
} from './domain.ts';

const everyPair = PAYMENT_STATUSES.flatMap((from) => PAYMENT_STATUSES.map((to) => [from, to] as const));

describe('payment status', () => {
  test.each(everyPair)('%s to %s is allowed only if the table says so', (from, to) => {
    const allowed = (PAYMENT_TRANSITIONS[from] as readonly PaymentStatus[]).includes(to);
    expect(mayBecome(from, to)).toBe(allowed);
    expect(statusesBefore(to).includes(from)).toBe(allowed);
  });

  test('success is final, entered once, and reachable from everywhere else: money is money', () => {
    expect(PAYMENT_TRANSITIONS.SUCCEEDED).toEqual([]);
    expect(statusesBefore('SUCCEEDED')).toEqual(PAYMENT_STATUSES.filter((status) => status !== 'SUCCEEDED'));
  });

  test('what is over can only turn out to be paid', () => {
    for (const status of PAYMENT_STATUSES.filter((status) => !isLive(status) && status !== 'SUCCEEDED')) {
      expect(PAYMENT_TRANSITIONS[status]).toEqual(['SUCCEEDED']);
      expect(pollAfterSeconds(status)).toBeNull();
    }
  });
});

describe('money that arrives', () => {
  const asked = { amount: 1290, currency: 'CNY' };
  test.each([
    [{ amount: 1290, currency: 'CNY' }, null],
    [{ amount: 1289, currency: 'CNY' }, 'AMOUNT_MISMATCH'],
    [{ amount: 1291, currency: 'CNY' }, 'AMOUNT_MISMATCH'],
    [{ amount: 1290, currency: 'USD' }, 'CURRENCY_MISMATCH'],
    [{ amount: 1, currency: 'USD' }, 'CURRENCY_MISMATCH'],
  ])('%o against 12.90 CNY: %s', (arrived, kind) => {
    expect(mismatchOf(asked, arrived)).toBe(kind);
  });
});

describe('the deadline', () => {
  const placedAt = new Date('2026-01-31T09:00:00Z');
  const after = (seconds: number) => new Date(placedAt.getTime() + seconds * 1000);

  test('is the margin before the expiry', () => {
    expect(paymentDeadline(placedAt, after(1800), 60)).toEqual(after(1740));
  });
  test('is at most a quarter of the time before it', () => {
    expect(paymentDeadline(placedAt, after(40), 60)).toEqual(after(30));
  });
  test('may be the expiry itself', () => {
    expect(paymentDeadline(placedAt, after(1800), 0)).toEqual(after(1800));
  });
});

describe('the way back', () => {
  const production = { origins: ['https://shop.example'], loopback: false };
  test.each([
    ['https://shop.example/orders/1?paid=1', true],
    ['https://shop.example:8443/', false],
    ['https://shop.example.evil.example/', false],
    ['https://shop.example@evil.example/', false],
    ['https://user@shop.example/', false],
    ['http://shop.example/', false],
    ['http://127.0.0.1:3000/back', false],
    ['javascript:alert(1)', false],
    ['not a url', false],
  ])('%s: %s', (url, allowed) => {
    expect(isReturnUrlAllowed(url, production)).toBe(allowed);
  });
  test.each(['http://localhost:5173/back', 'http://127.0.0.1/', 'http://[::1]:3000/'])('%s is allowed in development', (url) => {
    expect(isReturnUrlAllowed(url, { ...production, loopback: true })).toBe(true);
  });
});

test('an attempt is the same only if all its terms are', () => {
  const terms = { method: 'ALIPAY', client: 'WEB', returnUrl: null, wechatOpenId: null };
  expect(isSameAttempt(terms, { ...terms })).toBe(true);
  expect(isSameAttempt(terms, { ...terms, method: 'WECHAT_PAY' })).toBe(false);
  expect(isSameAttempt(terms, { ...terms, client: 'POS' })).toBe(false);
  expect(isSameAttempt(terms, { ...terms, returnUrl: 'https://shop.example/' })).toBe(false);
  expect(isSameAttempt(terms, { ...terms, wechatOpenId: 'o1' })).toBe(false);
});
