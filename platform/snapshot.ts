import type { EntityManager } from '@mikro-orm/mongodb';
import { type ClientSession, Timestamp } from 'mongodb';

/**
 * Several reads of the database as it was at one moment, so that figures from different collections fit together; nothing
 * is locked. Answers that moment too: everything committed until then was seen. One read at a time, as in a transaction.
 */
export async function snapshot<T>(em: EntityManager, read: (session: ClientSession) => Promise<T>): Promise<{ result: T; asOf: Date }> {
  const client = em.getConnection().getClient();
  return client.withSession({ snapshot: true }, async (session) => {
    const result = await read(session);
    return { result, asOf: momentOf(session) };
  });
}

/** The driver keeps the time that the first read was given, to ask the others for the same. */
function momentOf(session: ClientSession): Date {
  const time: unknown = Reflect.get(session, 'snapshotTime');
  if (!(time instanceof Timestamp)) throw new Error('a snapshot in which nothing was read has no time');
  return new Date(time.getHighBits() * 1000);
}
