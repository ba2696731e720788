import type { EntityManager } from '@mikro-orm/mongodb';
import type { Document } from 'mongodb';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { Session } from './entities.ts';

/** Ends the live ones among these sessions; answers how many they were. */
export async function endSessions(em: EntityManager, filter: Document): Promise<number> {
  const now = new Date();
  const { modifiedCount } = await rawCollection(em, Session).updateMany(
    { ...filter, revokedAt: null, expiresAt: { $gt: now } },
    { $set: { revokedAt: now } },
    sessionOf(em),
  );
  return modifiedCount;
}
