import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Address } from './entities.ts';

export const ADDRESS_FIELDS = [
  'userId',
  'label',
  'postalAddress',
  'isDefaultShipping',
  'isDefaultBilling',
  'updatedAt',
] as const satisfies readonly (keyof Address)[];

export const createAddressLoaders = (em: EntityManager) => ({
  address: oneByKey(
    (ids: readonly string[]) => findRows(em, Address, { _id: { $in: [...ids] } }, ADDRESS_FIELDS),
    (address) => address.id,
  ),
  addressesByUser: manyByKey(
    (userIds: readonly string[]) => findRows(em, Address, { userId: { $in: [...userIds] } }, ADDRESS_FIELDS, { sort: { _id: -1 } }),
    (address) => address.userId,
  ),
});
