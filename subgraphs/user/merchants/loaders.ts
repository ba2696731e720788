import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { MERCHANT_ROLES, type MerchantRole } from '../domain.ts';
import { Merchant } from './entities.ts';

export const MERCHANT_FIELDS = [
  'slug',
  'name',
  'kind',
  'status',
  'countryCode',
  'settlementCurrency',
  'legalName',
  'description',
  'logoMediaId',
  'refundPolicy',
  'application',
  'members',
  'joinedAt',
  'payoutAccount',
] as const satisfies readonly (keyof Merchant)[];

export const createMerchantLoaders = (em: EntityManager) => {
  const merchant = oneByKey(
    (ids: readonly string[]) => findRows(em, Merchant, { _id: { $in: [...ids] } }, MERCHANT_FIELDS),
    (row) => row.id,
  );
  const merchantBySlug = oneByKey(
    (slugs: readonly string[]) => findRows(em, Merchant, { slug: { $in: [...slugs] } }, MERCHANT_FIELDS),
    (row) => row.slug,
  );
  /** What a user is a member of, and as what. */
  const memberships = manyByKey(
    async (userIds: readonly string[]) => {
      const rows = await findRows(em, Merchant, { 'members.userId': { $in: [...userIds] } }, MERCHANT_FIELDS, { sort: { _id: 1 } });
      return rows.flatMap((row) => row.members.map(({ userId, role }) => ({ userId, merchantId: row.id, merchant: row, role, scopes: scopesOf(role) })));
    },
    ({ userId }) => userId,
  );
  return { merchant, merchantBySlug, memberships };
};

const scopesOf = (role: MerchantRole): string[] => [...MERCHANT_ROLES[role]];
