import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { MerchantRole } from '../domain.ts';

const MerchantInvitationSchema = defineEntity({
  name: 'MerchantInvitation',
  indexes: [
    {
      options: [
        { merchantId: 1, emailKey: 1 },
        { name: 'one_pending', unique: true, partialFilterExpression: { isPending: true } },
      ],
    },
    { options: [{ emailKey: 1, expiresAt: 1 }, { name: 'email' }] },
    { options: [{ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 }] },
  ],
  properties: {
    ...baseProperties('invite'),
    merchantId: p.string(),
    emailKey: p.string(),
    role: p.string().$type<MerchantRole>(),
    /** Shown to the invited account, and of use to no other. */
    token: p.string().unique(),
    isPending: p.boolean(),
    expiresAt: p.datetime(),
  },
});

export class MerchantInvitation extends MerchantInvitationSchema.class {}
MerchantInvitationSchema.setClass(MerchantInvitation);
