import type { EntityManager } from '@mikro-orm/mongodb';
import { type Document, MongoServerSelectionError } from 'mongodb';
import { readDocuments } from './documents.ts';
import { isOutage, sessionOf } from './transaction.ts';

/** As many as fit into one reply. */
const ALL = 2 ** 31 - 1;

/**
 * Everything that a query or a pipeline finds, in one command and without a cursor: most reads are of a few documents, and
 * a cursor costs the driver half as much again.
 */
export async function findAll(em: EntityManager, collection: string, query: Document): Promise<Document[]> {
  return (await firstBatchOf(em, { find: collection, ...query, batchSize: ALL })) ?? viaCursor(em, { find: collection, ...query });
}

export async function aggregateAll(em: EntityManager, collection: string, pipeline: readonly Document[]): Promise<Document[]> {
  const command = { aggregate: collection, pipeline };
  return (await firstBatchOf(em, { ...command, cursor: { batchSize: ALL } })) ?? viaCursor(em, { ...command, cursor: {} });
}

/** Null where there is more than one reply holds. The server closes by itself what nobody reads on. */
async function firstBatchOf(em: EntityManager, command: Document): Promise<Document[] | null> {
  const { id, firstBatch } = (await send(em, command))['cursor'];
  return Number(id) === 0 ? readDocuments(firstBatch) : null;
}

/** Asked again once where the connection broke or the primary changed, as the driver itself does with its own reads. */
async function send(em: EntityManager, command: Document): Promise<Document> {
  // Not `raw`: the driver itself reads what it is told of a failure.
  const options = { ...sessionOf(em), fieldsAsRaw: { firstBatch: true } };
  const database = em.getConnection().getDb();
  try {
    return await database.command(command, options);
  } catch (error) {
    if (options.session || !isOutage(error) || error instanceof MongoServerSelectionError) throw error;
    return database.command(command, options);
  }
}

const viaCursor = (em: EntityManager, command: Document): Promise<Document[]> => em.getConnection().getDb().runCursorCommand(command, sessionOf(em)).toArray();
