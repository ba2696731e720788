import { type BookCheck, checkBooks } from '../scripts/books.ts';
import { until } from './actors.ts';
import { type TestGraph, withDatabases } from './graph.ts';

/** The invariants that do not hold, once all that was told has been heard; empty is clean. */
export async function booksOf({ databasePrefix, mongoUri }: Pick<TestGraph, 'databasePrefix'> & { readonly mongoUri?: string }): Promise<BookCheck[]> {
  return withDatabases(
    databasePrefix,
    async (database) => {
      await until(async () => (await database('order-payment').collection('outbox').countDocuments({ publishedAt: null })) === 0);
      return (await checkBooks(database)).filter(({ violations }) => violations > 0);
    },
    mongoUri,
  );
}
