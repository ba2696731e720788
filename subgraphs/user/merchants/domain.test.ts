import { describe, expect, test } from 'vitest';
import { applicationProblems, MERCHANT_TRANSITIONS, type MerchantStatus, type MerchantTransition, searchWordsOf, updateProblems, wordsOf } from './domain.ts';

const statuses: MerchantStatus[] = ['UNDER_REVIEW', 'ACTIVE', 'REJECTED', 'SUSPENDED', 'CLOSED'];
const transitions = Object.keys(MERCHANT_TRANSITIONS) as MerchantTransition[];
const everyPair = statuses.flatMap((status) => transitions.map((transition) => [status, transition] as const));

const allowed: Record<string, MerchantStatus> = {
  'REJECTED RESUBMIT': 'UNDER_REVIEW',
  'UNDER_REVIEW APPROVE': 'ACTIVE',
  'UNDER_REVIEW REJECT': 'REJECTED',
  'ACTIVE SUSPEND': 'SUSPENDED',
  'SUSPENDED REINSTATE': 'ACTIVE',
  'ACTIVE CLOSE': 'CLOSED',
  'SUSPENDED CLOSE': 'CLOSED',
};

test.each(everyPair)('%s, %s', (status, transition) => {
  const { from, to } = MERCHANT_TRANSITIONS[transition];
  expect((from as readonly MerchantStatus[]).includes(status) ? to : null).toBe(allowed[`${status} ${transition}`] ?? null);
});

describe('the words of a name', () => {
  test('Chinese may begin anywhere', () => {
    expect(searchWordsOf('云山茶叶 Yunshan Tea 88')).toEqual(['云山茶叶', '山茶叶', '茶叶', '叶', 'yunshan', 'tea', '88']);
  });
  test('full-width letters are letters', () => {
    expect(wordsOf('Ｔｅａ-House')).toEqual(['tea', 'house']);
  });
});

const application = {
  kind: 'BUSINESS' as const,
  name: 'Tea House',
  slug: 'tea-house',
  legalName: 'Tea House Ltd',
  registrationNumber: '91310000',
  countryCode: 'CN',
  settlementCurrency: 'CNY',
  documentMediaIds: [],
  refundPolicy: { windowDays: 14, returnRequired: true, autoApproveAfterHours: 48 },
};

test.each([
  [{ slug: 'Tea' }, 'slug'],
  [{ slug: '-tea' }, 'slug'],
  [{ slug: 'ab' }, 'slug'],
  [{ name: ' ' }, 'name'],
  [{ name: 'x'.repeat(101) }, 'name'],
  [{ legalName: '' }, 'legalName'],
  [{ registrationNumber: null }, 'registrationNumber'],
  [{ documentMediaIds: Array.from({ length: 21 }, String) }, 'documentMediaIds'],
  [{ refundPolicy: { ...application.refundPolicy, windowDays: -1 } }, 'refundPolicy.windowDays'],
  [{ refundPolicy: { ...application.refundPolicy, windowDays: 366 } }, 'refundPolicy.windowDays'],
  [{ refundPolicy: { ...application.refundPolicy, autoApproveAfterHours: 0 } }, 'refundPolicy.autoApproveAfterHours'],
  [{ refundPolicy: { ...application.refundPolicy, text: 'x'.repeat(5001) } }, 'refundPolicy.text'],
])('an application with %j is told so', (wrong, field) => {
  expect(applicationProblems({ ...application, ...wrong }).map((problem) => problem.path?.slice(1).join('.'))).toEqual([field]);
});

test('a right application, and a person without a registration number, pass', () => {
  expect(applicationProblems(application)).toEqual([]);
  expect(applicationProblems({ ...application, kind: 'INDIVIDUAL', registrationNumber: null })).toEqual([]);
  expect(updateProblems({ id: 'merch_1', description: null })).toEqual([]);
});
