import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { MerchantInvitation } from './entities.ts';

export const createMemberLoaders = (em: EntityManager) => ({
  pendingInvitations: manyByKey(
    (emailKeys: readonly string[]) =>
      findRows(
        em,
        MerchantInvitation,
        { emailKey: { $in: [...emailKeys] }, isPending: true, expiresAt: { $gt: new Date() } },
        ['emailKey', 'token', 'merchantId', 'role', 'expiresAt'],
        {
          sort: { _id: 1 },
        },
      ),
    (invitation) => invitation.emailKey,
  ),
});
