import type { EntityManager } from '@mikro-orm/mongodb';
import type { Document, Filter } from 'mongodb';
import { aggregateAll, findAll } from './reads.ts';
import { sessionOf } from './transaction.ts';

type EntityClass<T> = abstract new () => T;
type Row<T, K extends keyof T> = Pick<T, K> & { readonly id: string };

/**
 * Reads plain rows with a projection: what a list needs, without hydrating entities. `_id` comes back as `id`.
 * Filters name the stored fields, so the id is `_id` in them.
 */
export async function findRows<T extends object, K extends keyof T & string>(
  em: EntityManager,
  entity: EntityClass<T>,
  filter: Filter<Document & { _id: string }>,
  fields: readonly K[],
  options: { sort?: Readonly<Record<string, 1 | -1>>; limit?: number; hint?: string } = {},
): Promise<Row<T, K>[]> {
  const documents = await findAll(em, nameOf(em, entity), { filter, ...options, projection: projectionOf(fields) });
  return rowsOf(documents) as unknown as Row<T, K>[];
}

/** Plain rows from a pipeline, for what one `find` cannot ask, with what it computed; the projection is put at its end. */
export async function aggregateRows<T extends object, K extends keyof T & string, C extends object = object>(
  em: EntityManager,
  entity: EntityClass<T>,
  pipeline: readonly Document[],
  fields: readonly (K | (keyof C & string))[],
): Promise<(Row<T, K> & C)[]> {
  const documents = await aggregateAll(em, nameOf(em, entity), [...pipeline, { $project: projectionOf(fields) }]);
  return rowsOf(documents) as unknown as (Row<T, K> & C)[];
}

function rowsOf(documents: Document[]): Document[] {
  for (const document of documents) document['id'] = document['_id'];
  return documents;
}

/** Plain documents as they are stored, from collections that are read and written as such. */
export const findDocuments = <D>(em: EntityManager, entity: EntityClass<object>, filter: Document): Promise<D[]> =>
  findAll(em, nameOf(em, entity), { filter }) as Promise<unknown[]> as Promise<D[]>;

/** One conditional update that answers the row as it is then, or null when nothing matched. */
export async function updateRow<T extends object, K extends keyof T & string>(
  em: EntityManager,
  entity: EntityClass<T>,
  filter: Filter<Document & { _id: string }>,
  update: Document,
  fields: readonly K[],
): Promise<Row<T, K> | null> {
  const document = await rawCollection(em, entity).findOneAndUpdate(filter, update, {
    returnDocument: 'after',
    projection: projectionOf(fields),
    ...sessionOf(em),
  });
  if (document) document['id'] = document._id;
  return document as unknown as Row<T, K> | null;
}

/** The same change of all rows that match; answers how many there were. */
export async function updateRows(
  em: EntityManager,
  entity: EntityClass<object>,
  filter: Filter<Document & { _id: string }>,
  update: Document,
): Promise<number> {
  const { modifiedCount } = await rawCollection(em, entity).updateMany(filter, update, sessionOf(em));
  return modifiedCount;
}

const projectionOf = (fields: readonly string[]) => Object.fromEntries(fields.filter((field) => field !== 'id').map((field) => [field, 1]));

const nameOf = (em: EntityManager, entity: EntityClass<object>): string => rawCollection(em, entity).collectionName;

/** MikroORM resolves a class to its collection; the driver's types only know names. */
export const collectionOf = (entity: EntityClass<object>): string => entity as unknown as string;

/** The raw collection of an entity, for conditional updates and aggregations; pass `sessionOf(em)` inside a transaction. */
export const rawCollection = (em: EntityManager, entity: EntityClass<object>) => em.getCollection<Document & { _id: string }>(collectionOf(entity));
