import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { StoredPostalAddress } from './domain.ts';

/** A user has at most one default of a kind, whatever happens at once. */
const onePerUser = (field: string) => ({
  options: [
    { userId: 1, [field]: 1 },
    { name: `one_${field}`, unique: true, partialFilterExpression: { [field]: true } },
  ],
});

const AddressSchema = defineEntity({
  name: 'Address',
  indexes: [{ options: [{ userId: 1, _id: -1 }, { name: 'user' }] }, onePerUser('isDefaultShipping'), onePerUser('isDefaultBilling')],
  properties: {
    ...baseProperties('addr'),
    userId: p.string(),
    label: p.string().nullable(),
    postalAddress: p.json<StoredPostalAddress>(),
    isDefaultShipping: p.boolean(),
    isDefaultBilling: p.boolean(),
    updatedAt: p.datetime(),
  },
});

export class Address extends AddressSchema.class {}
AddressSchema.setClass(Address);
