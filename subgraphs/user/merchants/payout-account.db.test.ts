import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Identity } from '#platform/identity.ts';
import { buyer, member, staff } from '../../../test/subgraphs.ts';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
let merchantId: string;
beforeAll(async () => {
  shop = await startUserShop();
  const { merchant } = await shop.apply(buyer(), 'paid-shop');
  await shop.review(merchant.id, 'APPROVE');
  merchantId = merchant.id;
});
afterAll(() => shop[Symbol.asyncDispose]());

const ACCOUNT = 'payoutAccountStatus payoutAccount { provider maskedAccount currency status statusReason version }';
const SET = `mutation ($input: PayoutAccountSetInput!) { payoutAccountSet(input: $input) { merchant { ${ACCOUNT} } userErrors { __typename code path } } }`;
const REVIEW = `mutation ($input: PayoutAccountReviewInput!) { payoutAccountReview(input: $input) { merchant { ${ACCOUNT} } userErrors { __typename code path } } }`;

const accountant = () => member(merchantId, ['merchant:read', 'merchant:payouts'], 'FINANCE');
const finance = staff('payouts:run', 'merchant:payouts');
const account = { provider: 'bank', providerToken: 'tok_abcdef1234', currency: 'CNY' };
const set = async (more: object = {}, identity: Identity = accountant()) =>
  (await shop.ask('user', SET, { input: { merchantId, ...account, idempotencyKey: randomUUID(), ...more } }, { identity })).data.payoutAccountSet;
const review = async (decision: string, expectedVersion: number, more: object = {}) =>
  (await shop.ask('user', REVIEW, { input: { merchantId, decision, expectedVersion, reason: 'looked at', ...more } }, { identity: finance })).data
    .payoutAccountReview;
const seen = async (identity: Identity) =>
  (await shop.ask('user', `query ($id: ID!) { merchant(id: $id) { ${ACCOUNT} } }`, { id: merchantId }, { identity })).data.merchant;

test('an account is paid to once staff have verified it, and not after another has taken its place', async () => {
  expect(await seen(accountant())).toEqual({ payoutAccountStatus: 'NONE', payoutAccount: null });
  expect((await review('VERIFY', 1)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);

  const idempotencyKey = randomUUID();
  const one = accountant();
  const first = await set({ idempotencyKey }, one);
  expect(first.merchant.payoutAccount).toEqual({
    provider: 'bank',
    maskedAccount: '•••• 1234',
    currency: 'CNY',
    status: 'PENDING',
    statusReason: null,
    version: 1,
  });
  expect(await review('VERIFY', 1)).toMatchObject({ merchant: { payoutAccountStatus: 'VERIFIED', payoutAccount: { statusReason: 'looked at', version: 2 } } });
  expect((await set({ idempotencyKey }, one)).merchant.payoutAccountStatus).toBe('VERIFIED');
  expect((await review('VERIFY', 2)).userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);

  expect((await set({ providerToken: '$token_9999' })).merchant).toMatchObject({
    payoutAccountStatus: 'PENDING',
    payoutAccount: { maskedAccount: '•••• 9999', version: 3 },
  });
  expect((await review('VERIFY', 2)).userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', path: ['input', 'expectedVersion'] }]);
  expect((await review('RESTRICT', 3)).merchant.payoutAccountStatus).toBe('RESTRICTED');
  expect((await review('VERIFY', 4)).merchant.payoutAccountStatus).toBe('VERIFIED');
});

test.each([
  ['a provider with blanks', { provider: 'my bank' }, 'provider'],
  ['an account number', { providerToken: '6222 0212 3456 7890' }, 'providerToken'],
  ['a short token', { providerToken: 'abc' }, 'providerToken'],
])('refuses %s', async (_what, input, field) => {
  expect(await set(input)).toMatchObject({ merchant: null, userErrors: [{ code: 'INVALID', path: ['input', field] }] });
});

test('is the business of its own accountants and of staff', async () => {
  const stranger = member('merch_other', ['merchant:payouts'], 'FINANCE');
  expect((await set({}, stranger)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await seen(stranger)).toEqual({ payoutAccountStatus: null, payoutAccount: null });
  expect(await seen(finance)).toMatchObject({ payoutAccount: { provider: 'bank' } });
  const { data, errors } = await shop.ask('user', SET, { input: { merchantId, ...account, idempotencyKey: randomUUID() } }, { identity: buyer() });
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});
