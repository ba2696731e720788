import { randomUUID } from 'node:crypto';
import type { MongoClient } from 'mongodb';

/** Copies of databases, with their indexes, so that replayed purchases are written beside the shop and not into it. */
export async function copiesOf(mongo: MongoClient, databases: readonly string[]) {
  const prefix = `bench-${randomUUID().slice(0, 8)}-`;
  for (const database of databases) {
    for (const { name } of await mongo.db(database).listCollections({ type: 'collection' }, { nameOnly: true }).toArray()) {
      const source = mongo.db(database).collection(name);
      const target = await mongo.db(`${prefix}${database}`).createCollection(name);
      const indexes = (await source.indexes()).filter((index) => index.name !== '_id_');
      // MongoDB keeps the indexes of a collection whose documents it puts in place of others.
      if (indexes.length > 0) await target.createIndexes(indexes.map(({ v: _version, ...index }) => index) as Parameters<typeof target.createIndexes>[0]);
      await source.aggregate([{ $out: { db: `${prefix}${database}`, coll: name } }]).toArray();
    }
  }
  return {
    prefix,
    drop: async () => {
      for (const database of databases) await mongo.db(`${prefix}${database}`).dropDatabase();
    },
  };
}
