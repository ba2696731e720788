import { MongoNamingStrategy } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/mongodb';
import { type ClientSession, MongoBulkWriteError, type MongoClient } from 'mongodb';
import { subgraphs } from '#subgraphs';
import type { Config } from '#platform/config.ts';
import { prepareIdempotency } from '#platform/idempotency.ts';
import { prepareJobs } from '#platform/jobs.ts';
import { prepareOutbox } from '#platform/outbox.ts';
import type { DatabaseName, EntityClass, Written } from './documents.ts';

/** What the shop's databases hold is in the way of a demo document: somebody took its e-mail, slug or number. */
export class DemoConflictError extends Error {}

const names = new MongoNamingStrategy();
export const collectionName = (collection: EntityClass | string): string =>
  typeof collection === 'string' ? collection : names.classToTableName(collection.name);

const AT_ONCE = 1_000;

export function storesOf(client: MongoClient, { DATABASE_PREFIX }: Pick<Config, 'DATABASE_PREFIX'>) {
  const database = (name: DatabaseName | 'demo') => client.db(`${DATABASE_PREFIX}${name}`);

  /** Writes what is not there yet, and leaves what is as people have changed it since. */
  async function insertMissing(name: DatabaseName, collection: string, documents: readonly object[]): Promise<void> {
    for (let from = 0; from < documents.length; from += AT_ONCE) {
      try {
        await database(name)
          .collection(collection)
          .insertMany(documents.slice(from, from + AT_ONCE), { ordered: false });
      } catch (error) {
        const conflict = conflictOf(error);
        if (conflict === null) throw error;
        if (conflict !== '')
          throw new DemoConflictError(`The demo data do not fit beside what ${name} holds already: ${conflict}. Fill a shop of its own: set DATABASE_PREFIX.`);
      }
    }
  }

  return {
    database,
    /** Documents of the same collection go together, collections side by side. */
    async write(written: readonly Written[]): Promise<void> {
      const byCollection = Map.groupBy(written, (part) => `${part.database}/${collectionName(part.collection)}`);
      await Promise.all(
        [...byCollection.values()].map(([first, ...others]) =>
          first
            ? insertMissing(
                first.database,
                collectionName(first.collection),
                [first, ...others].flatMap(({ documents }) => documents),
              )
            : undefined,
        ),
      );
    },
    inTransaction: (work: (session: ClientSession) => Promise<void>): Promise<void> =>
      client.withSession((session) => session.withTransaction(() => work(session))),
  };
}

export type Stores = ReturnType<typeof storesOf>;

const DUPLICATE_KEY = 11000;

/** Empty where all that failed was there before; the first other index that was hit; null for any other error. */
function conflictOf(error: unknown): string | null {
  if (!(error instanceof MongoBulkWriteError)) return null;
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (failures.some(({ code }) => code !== DUPLICATE_KEY)) return null;
  return failures.map(({ errmsg }) => errmsg ?? '').find((message) => !/index: _id_( |$)/.test(message)) ?? '';
}

/** Makes the indexes that the shop would make at its start, so that loading checks what they check. */
export async function prepareDatabases(mongoUri: string, { DATABASE_PREFIX }: Config): Promise<void> {
  for (const { name, entities } of subgraphs) {
    const orm = await MikroORM.init({ entities: [...entities], clientUrl: mongoUri, dbName: `${DATABASE_PREFIX}${name}`, ensureIndexes: true });
    try {
      await orm.connect();
      const database = orm.em.getConnection().getDb();
      await Promise.all([prepareOutbox(database), prepareJobs(database), prepareIdempotency(database)]);
    } finally {
      await orm.close();
    }
  }
}
