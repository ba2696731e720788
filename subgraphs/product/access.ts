import { type Identity, mayFor } from '#platform/identity.ts';

/** A merchant's own people, of any role, and the platform's staff who look after catalogues see what is not public. */
export const seesUnpublished = (identity: Identity, merchantId: string): boolean =>
  identity.memberships.some((membership) => membership.merchantId === merchantId) || isCatalogueStaff(identity);

export const isCatalogueStaff = (identity: Identity): boolean =>
  identity.kind === 'system' || (identity.kind === 'staff' && (identity.scopes.includes('catalog:moderate') || identity.scopes.includes('catalog:admin')));

export const mayEditCatalogue = (identity: Identity, merchantId: string): boolean => mayFor(identity, merchantId, 'catalog:write');
export const mayMoveStock = (identity: Identity, merchantId: string): boolean => mayFor(identity, merchantId, 'inventory:write');
export const maySeeStock = (identity: Identity, merchantId: string): boolean => mayFor(identity, merchantId, 'inventory:read');
