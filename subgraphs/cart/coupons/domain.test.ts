import { describe, expect, test } from 'vitest';
import { couponOf } from './coupon.fixture.ts';
import { codeOf, type Coupon, type CouponTerms, isCode, objection, objectionTo, type Situation, termProblems, toldOf } from './domain.ts';

const yuan = (amount: number) => ({ amount, currency: 'CNY' });
const noon = new Date('2026-05-01T12:00:00Z');
const situation = (changes: Partial<Situation> = {}): Situation => ({ currency: 'CNY', now: noon, subtotal: 5000, hasGoods: true, usesByBuyer: 0, ...changes });

describe('codes', () => {
  test.each([
    ['tea10', 'TEA10'],
    ['  Tea 10\t', 'TEA10'],
    ['ｔｅａ１０', 'TEA10'],
    ['春节 快乐', '春节快乐'],
  ])('"%s" is %s', (typed, code) => {
    expect(codeOf(typed)).toBe(code);
  });
  test.each(['', 'A$', 'x'.repeat(41), 'a/b'])('"%s" is none', (typed) => {
    expect(isCode(codeOf(typed))).toBe(false);
  });
});

describe('terms', () => {
  test.each<Partial<CouponTerms>>([
    {},
    { kind: 'FIXED_AMOUNT', percentBps: null, amountOff: yuan(1), minimumSubtotal: yuan(1) },
    { kind: 'FREE_SHIPPING', percentBps: null, usageLimit: 1, usageLimitPerUser: 1 },
    { percentBps: 10_000, startsAt: noon, endsAt: new Date(noon.getTime() + 1) },
  ])('%j are sound', (changes) => {
    expect(termProblems(couponOf(changes))).toEqual([]);
  });

  test.each<[string, Partial<CouponTerms>]>([
    ['code', { code: '' }],
    ['percentBps', { percentBps: null }],
    ['percentBps', { percentBps: 0 }],
    ['percentBps', { percentBps: 10_001 }],
    ['percentBps', { kind: 'FREE_SHIPPING' }],
    ['percentBps', { kind: 'FIXED_AMOUNT', amountOff: yuan(1) }],
    ['amountOff', { amountOff: yuan(1) }],
    ['amountOff', { kind: 'FREE_SHIPPING', percentBps: null, amountOff: yuan(1) }],
    ['amountOff', { kind: 'FIXED_AMOUNT', percentBps: null }],
    ['amountOff', { kind: 'FIXED_AMOUNT', percentBps: null, amountOff: yuan(0) }],
    ['amountOff', { kind: 'FIXED_AMOUNT', percentBps: null, amountOff: yuan(-5) }],
    ['minimumSubtotal', { minimumSubtotal: yuan(0) }],
    ['minimumSubtotal', { kind: 'FIXED_AMOUNT', percentBps: null, amountOff: yuan(1), minimumSubtotal: { amount: 1, currency: 'USD' } }],
    ['usageLimit', { usageLimit: 0 }],
    ['usageLimitPerUser', { usageLimitPerUser: 0 }],
    ['usageLimitPerUser', { usageLimitPerUser: 1001 }],
    ['endsAt', { startsAt: noon, endsAt: noon }],
  ])('a wrong %s is named: %j', (field, changes) => {
    expect(termProblems(couponOf(changes)).map(({ path }) => path)).toEqual([['input', field]]);
  });
});

describe('a coupon counts', () => {
  test.each<[string, Partial<Coupon>, Partial<Situation>]>([
    ['without limits', {}, {}],
    ['from the instant it starts', { startsAt: noon }, {}],
    ['at its minimum', { minimumSubtotal: yuan(5000) }, {}],
    ['for its last use', { usageLimit: 3, usedCount: 2 }, {}],
    ["for a buyer's last use", { usageLimitPerUser: 2 }, { usesByBuyer: 1 }],
    ['in any currency, where it names none', {}, { currency: 'JPY' }],
  ])('%s', (_, terms, changes) => {
    expect(objectionTo(couponOf(terms), situation(changes))).toBeNull();
  });

  test.each<[string, Partial<Coupon>, Partial<Situation>]>([
    ['COUPON_DISABLED', { enabled: false }, {}],
    ['COUPON_NOT_STARTED', { startsAt: new Date(noon.getTime() + 1) }, {}],
    ['COUPON_EXPIRED', { endsAt: noon }, {}],
    ['COUPON_USED_UP', { usageLimit: 3, usedCount: 3 }, {}],
    ['COUPON_ALREADY_USED', { usageLimitPerUser: 1 }, { usesByBuyer: 1 }],
    ['COUPON_NO_GOODS', {}, { hasGoods: false, subtotal: 0 }],
    ['COUPON_OTHER_CURRENCY', { kind: 'FIXED_AMOUNT', amountOff: yuan(1) }, { currency: 'USD' }],
    ['COUPON_OTHER_CURRENCY', { minimumSubtotal: yuan(1) }, { currency: 'USD' }],
    ['COUPON_BELOW_MINIMUM', { minimumSubtotal: yuan(5001) }, {}],
  ])('not when %s', (code, terms, changes) => {
    expect(objectionTo(couponOf(terms), situation(changes))?.code).toBe(code);
  });

  test('not when it is gone', () => {
    expect(objectionTo(null, situation())?.code).toBe('COUPON_DISABLED');
  });
});

test('who enters a code does not learn whether it exists, unless he can do something about it', () => {
  const told = (['COUPON_DISABLED', 'COUPON_NOT_STARTED', 'COUPON_EXPIRED', 'COUPON_USED_UP', 'COUPON_NO_GOODS'] as const).map((code) =>
    toldOf(objection(code)),
  );
  expect(new Set(told.map(({ code, message }) => JSON.stringify([code, message])))).toEqual(
    new Set([JSON.stringify(['COUPON_INVALID', objection('COUPON_INVALID').message])]),
  );
  expect(toldOf(objection('COUPON_ALREADY_USED')).code).toBe('COUPON_ALREADY_USED');
});
