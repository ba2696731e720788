import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startUserShop, type UserShop } from '../user.fixture.ts';

let shop: UserShop;
beforeAll(async () => {
  shop = await startUserShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('merchants', () => {
  test('apply, review, act for it', async () => {
    const owner = await shop.signUp('owner1');
    const applied = await shop.apply(owner, 'green-tea');
    expect(applied).toMatchObject({ merchant: { slug: 'green-tea', status: 'UNDER_REVIEW' }, userErrors: [] });
    const reviewed = await shop.review(applied.merchant.id, 'APPROVE');
    expect(reviewed).toMatchObject({ merchant: { status: 'ACTIVE' }, userErrors: [] });
    const now = await shop.again('owner1');
    expect(now.contract).toBe('partner');
    expect(now.memberships).toMatchObject([{ merchantId: applied.merchant.id, role: 'OWNER' }]);
    expect(now.scopes).toContain('catalog:write');
  });
});
