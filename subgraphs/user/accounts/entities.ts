import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { StaffRoleName } from '../domain.ts';
import type { UserStatus } from './domain.ts';

/** A value that no two users share; users without one do not meet in it. */
const uniqueWhereSet = (field: string) => ({
  options: [{ [field]: 1 }, { name: `unique_${field}`, unique: true, partialFilterExpression: { [field]: { $gt: '' } } }],
});

const UserSchema = defineEntity({
  name: 'User',
  indexes: [
    uniqueWhereSet('usernameKey'),
    uniqueWhereSet('emailKey'),
    uniqueWhereSet('phone'),
    { options: [{ displayNameKey: 1, _id: -1 }, { name: 'display_name' }] },
    { options: [{ status: 1, _id: -1 }, { name: 'status' }] },
  ],
  properties: {
    ...baseProperties('user'),
    /** As it was typed; the key beside it is what is compared. The staff account of the settings has none. */
    username: p.string().nullable(),
    usernameKey: p.string().nullable(),
    email: p.string().nullable(),
    emailKey: p.string().nullable(),
    phone: p.string().nullable(),
    passwordHash: p.string(),
    /** Of the account that the settings name: the hash of the password that they gave it last. */
    configuredPasswordHash: p.string().nullable(),
    displayName: p.string(),
    displayNameKey: p.string(),
    avatarMediaId: p.string().nullable(),
    locale: p.string().nullable(),
    currency: p.string().nullable(),
    timeZone: p.string().nullable(),
    personalisationEnabled: p.boolean(),
    acceptedTermsVersion: p.string().nullable(),
    status: p.string().$type<UserStatus>(),
    /** Why staff changed the status last. */
    statusReason: p.string().nullable(),
    staffRoles: p.json<StaffRoleName[]>(),
  },
});

export class User extends UserSchema.class {}
UserSchema.setClass(User);
