import type { Db } from 'mongodb';

const TUNE_EVERY_MS = 60_000;

/**
 * What time it is by the database's clock: the one that all processes of a shop share, however wrong their own are. Right
 * to the few milliseconds that the answer took.
 */
export function databaseClock(database: Db): () => Promise<Date> {
  let tuned: { readonly at: number; readonly time: number } | null = null;
  return async () => {
    if (!tuned || performance.now() - tuned.at > TUNE_EVERY_MS) {
      const askedAt = performance.now();
      const { localTime } = await database.command({ hello: 1 });
      // It was said in whole milliseconds, and at some moment since it was asked.
      tuned = { at: askedAt, time: localTime.getTime() + 1 };
    }
    return new Date(tuned.time + performance.now() - tuned.at);
  };
}
