import { describe, expect, test } from 'vitest';
import { checkTerms } from './domain.ts';

const terms = { cartId: 'cart_1', cartVersion: 1, expectedTotal: { amount: 1, currency: 'CNY' } };
const address = { recipientName: 'Li Lei', countryCode: 'CN', city: 'Shanghai', line1: '1 Nanjing Road' };
const pathsOf = (more: object, isGuest = false) => checkTerms({ ...terms, ...more }, isGuest).map(({ path }) => path?.join('.'));

describe('the terms of a checkout', () => {
  test('need no more than a cart and a total', () => {
    expect(checkTerms(terms, false)).toEqual([]);
  });

  test('need an e-mail address of a guest', () => {
    expect(checkTerms(terms, true)).toMatchObject([{ code: 'EMAIL_REQUIRED', path: ['input', 'email'] }]);
    expect(checkTerms({ ...terms, email: 'a@example.test' }, true)).toEqual([]);
  });

  test('name every text that is too long', () => {
    expect(pathsOf({ purchaseOrderNumber: 'x'.repeat(65) })).toEqual(['input.purchaseOrderNumber']);
    expect(pathsOf({ notes: [{ merchantId: 'm', note: 'x'.repeat(501) }] })).toEqual(['input.notes.0.note']);
    expect(pathsOf({ billingAddress: { ...address, city: ' ', line1: 'x'.repeat(201) } })).toEqual(['input.billingAddress.city', 'input.billingAddress.line1']);
    expect(pathsOf({ billingAddress: address })).toEqual([]);
  });

  test('have one note per merchant', () => {
    expect(
      pathsOf({
        notes: [
          { merchantId: 'm', note: 'a' },
          { merchantId: 'n', note: 'b' },
          { merchantId: 'm', note: 'c' },
        ],
      }),
    ).toEqual(['input.notes.2.merchantId']);
  });
});
