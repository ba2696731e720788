import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Session } from './entities.ts';

export const createSessionLoaders = (em: EntityManager) => ({
  liveSessions: manyByKey(
    (userIds: readonly string[]) =>
      findRows(
        em,
        Session,
        { userId: { $in: [...userIds] }, revokedAt: null, expiresAt: { $gt: new Date() } },
        ['userId', 'createdAt', 'lastSeenAt', 'deviceName', 'userAgent'],
        { sort: { lastSeenAt: -1 } },
      ),
    (session) => session.userId,
  ),
});
