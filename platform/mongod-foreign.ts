import { setTimeout as sleep } from 'node:timers/promises';
import { type Document, MongoClient, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { OLDEST_MONGODB } from './mongod-binary.ts';
import { MongoUnavailableError } from './mongod-unavailable.ts';

const SELECTION_BOUND = 4000;
const ANSWER_BOUND = 5000;

/** Checks that a MongoDB that others run can be reached and used; throws MongoUnavailableError where not. */
export async function checkForeignMongo(uri: string): Promise<void> {
  const place = `the MongoDB of MONGODB_URI (${withoutCredentials(uri)})`;
  const problem = await problemOf(uri);
  if (problem) throw new MongoUnavailableError(`${problem[0].replace('%', place)}: ${problem[1]}.`);
}

type Problem = readonly [what: string, remedy: string];

const UNREACHABLE: Problem = ['% cannot be reached', 'start it or correct the address, or leave MONGODB_URI out to have one started here'];
const NO_PRIMARY: Problem = ['% answers, but has no primary that takes writes', 'initiate its replica set with rs.initiate(), or wait for its election'];
const STANDALONE: Problem = ['% is a standalone server, which has no transactions', 'start it with --replSet and call rs.initiate(), or leave MONGODB_URI out to have one started here'];
const REFUSED: Problem = ['% refuses these credentials', 'correct user, password and authSource in MONGODB_URI'];

async function problemOf(uri: string): Promise<Problem | undefined> {
  let client: MongoClient;
  try {
    client = new MongoClient(uri, { serverSelectionTimeoutMS: SELECTION_BOUND, connectTimeoutMS: SELECTION_BOUND, maxPoolSize: 1 });
  } catch (error) {
    return ['MONGODB_URI is not an address of a MongoDB', `${error instanceof Error ? error.message : error}`];
  }
  // Looking up a mongodb+srv:// name is bounded by none of the driver's settings.
  const bound = sleep(ANSWER_BOUND, UNREACHABLE, { ref: false });
  try {
    return await Promise.race([examine(client), bound]);
  } catch (error) {
    return problemOfError(error);
  } finally {
    await client.close();
  }
}
