/** What the members of a merchant may do for it, by role. */
const READING = ['merchant:read', 'orders:read', 'inventory:read', 'prices:read', 'promotions:read', 'shipping:read', 'stats:read', 'webhooks:read'] as const;
const SUPPORTING = ['merchant:read', 'orders:read', 'refunds:review', 'reviews:reply'] as const;
const ACCOUNTING = ['merchant:read', 'orders:read', 'refunds:review', 'refunds:write', 'merchant:payouts', 'payments:read', 'stats:read'] as const;
const HANDLING_ORDERS = ['merchant:read', 'orders:read', 'orders:write', 'refunds:review', 'inventory:read', 'shipping:read'] as const;
const EDITING_CATALOGUE = [
  'merchant:read',
  'catalog:write',
  'inventory:read',
  'inventory:write',
  'prices:read',
  'prices:write',
  'promotions:read',
  'promotions:write',
  'shipping:read',
  'shipping:write',
] as const;
const MANAGING = union(READING, SUPPORTING, ACCOUNTING, HANDLING_ORDERS, EDITING_CATALOGUE, ['webhooks:write', 'merchant:write', 'merchant:team']);
const OWNING = union(MANAGING, ['merchant:audit', 'apps:read', 'apps:write']);

/**
 * A role counts in every state of the merchant: before it is active its members prepare their goods, after a suspension
 * they still fulfil and refund. What only an active merchant may do (publish, sell) is asked where it is done.
 */
export const MERCHANT_ROLES = {
  OWNER: OWNING,
  MANAGER: MANAGING,
  CATALOG_EDITOR: EDITING_CATALOGUE,
  ORDER_CLERK: HANDLING_ORDERS,
  FINANCE: ACCOUNTING,
  SUPPORT: SUPPORTING,
  READ_ONLY: READING,
} as const satisfies Record<string, readonly string[]>;

export type MerchantRole = keyof typeof MERCHANT_ROLES;

/** Nobody hands out, or takes away, a role that may do what he himself may not. */
export const mayGrant = (ownScopes: readonly string[], role: MerchantRole): boolean => MERCHANT_ROLES[role].every((scope) => ownScopes.includes(scope));

const PLATFORM_SCOPES = [
  'users:read',
  'users:write',
  'staff:read',
  'staff:write',
  'audit:read',
  'merchants:review',
  'catalog:admin',
  'catalog:moderate',
  'reviews:moderate',
  'orders:read_all',
  'payments:reconcile',
  'payouts:run',
  'refunds:arbitrate',
  'stats:platform',
] as const;

/** What the platform's own people may do, for any merchant and any user. */
export const STAFF_ROLES = {
  admin: union(PLATFORM_SCOPES, OWNING),
  finance: [
    'users:read',
    'merchant:read',
    'orders:read',
    'orders:read_all',
    'payments:read',
    'payments:reconcile',
    'merchant:payouts',
    'payouts:run',
    'stats:read',
    'stats:platform',
  ],
  moderator: ['merchant:read', 'merchants:review', 'catalog:moderate', 'reviews:moderate', 'refunds:arbitrate'],
  support: ['users:read', 'merchant:read', 'orders:read', 'orders:read_all', 'payments:read'],
} as const satisfies Record<string, readonly string[]>;

export type StaffRoleName = keyof typeof STAFF_ROLES;

export const isStaffRole = (name: string): name is StaffRoleName => Object.hasOwn(STAFF_ROLES, name);

export const scopesOfStaff = (roles: readonly StaffRoleName[]): string[] => union(...roles.map((role): readonly string[] => STAFF_ROLES[role]));

/** What every account may do with what is its own. */
export const ACCOUNT_SCOPE = 'account';

function union<T extends string>(...lists: readonly (readonly T[])[]): T[] {
  return [...new Set(lists.flat())];
}
