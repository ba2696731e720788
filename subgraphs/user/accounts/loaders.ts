import type { EntityManager } from '@mikro-orm/mongodb';
import { oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { User } from './entities.ts';

export const USER_FIELDS = [
  'displayName',
  'avatarMediaId',
  'username',
  'email',
  'phone',
  'locale',
  'currency',
  'timeZone',
  'personalisationEnabled',
  'createdAt',
  'status',
  'staffRoles',
] as const satisfies readonly (keyof User)[];

export const createAccountLoaders = (em: EntityManager) => ({
  user: oneByKey(
    (ids: readonly string[]) => findRows(em, User, { _id: { $in: [...ids] } }, USER_FIELDS),
    (user) => user.id,
  ),
});
