import { describe, expect, test } from 'vitest';
import { isStaffRole, MERCHANT_ROLES, type MerchantRole, mayGrant, STAFF_ROLES, scopesOfStaff } from './domain.ts';

const roles = Object.keys(MERCHANT_ROLES) as MerchantRole[];

describe('merchant roles', () => {
  test('each of the others may do a part of what a manager may, a manager of what an owner may', () => {
    for (const role of roles.filter((name) => name !== 'OWNER')) expect(mayGrant(MERCHANT_ROLES.MANAGER, role)).toBe(true);
    for (const role of roles) expect(mayGrant(MERCHANT_ROLES.OWNER, role)).toBe(true);
    expect(mayGrant(MERCHANT_ROLES.MANAGER, 'OWNER')).toBe(false);
  });

  test.each(roles.filter((role) => role !== 'OWNER' && role !== 'MANAGER'))('%s has no say over the team', (role) => {
    expect(MERCHANT_ROLES[role]).not.toContain('merchant:team');
    expect(MERCHANT_ROLES[role]).not.toContain('webhooks:write');
  });

  test('no role of a merchant has a scope of the platform', () => {
    const platform = STAFF_ROLES.admin.filter((scope) => !(MERCHANT_ROLES.OWNER as readonly string[]).includes(scope));
    expect(platform).toContain('merchants:review');
    for (const role of roles) for (const scope of MERCHANT_ROLES[role]) expect(platform).not.toContain(scope);
  });
});

describe('staff roles', () => {
  test('an administrator has what any other has', () => {
    for (const scopes of Object.values(STAFF_ROLES)) for (const scope of scopes) expect(STAFF_ROLES.admin).toContain(scope);
  });

  test('scopes of several roles are joined, each once', () => {
    const scopes = scopesOfStaff(['support', 'finance']);
    expect(new Set(scopes).size).toBe(scopes.length);
    expect(scopes).toEqual(expect.arrayContaining(['payouts:run', 'users:read']));
  });

  test('only names of the table are roles', () => {
    expect(isStaffRole('admin')).toBe(true);
    expect(isStaffRole('toString')).toBe(false);
  });
});
