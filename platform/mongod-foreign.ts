import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoCompatibilityError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { OLDEST_MONGODB } from './mongod-binary.ts';
import { MongoUnavailableError } from './mongod-unavailable.ts';

const SELECTION_BOUND = 4000;
const CONNECTION_BOUND = 3000;
const ANSWER_BOUND = 5000;

type Sentence = (place: string) => string;

const unreachable =
  (reason: string): Sentence =>
  (place) =>
    `${place} cannot be reached (${reason}): start it or correct address and options, or leave MONGODB_URI out to have one started here.`;
const noPrimary: Sentence = (place) => `${place} answers but has no primary: initiate its replica set with rs.initiate(), or wait for its election.`;
const standalone: Sentence = (place) =>
  `${place} is a standalone server, which has no transactions: start it with --replSet and call rs.initiate(), or leave MONGODB_URI out to have one started here.`;
const tooOld =
  (version: string): Sentence =>
  (place) =>
    `${place} is version ${version}: ${OLDEST_MONGODB} is the oldest that works, upgrade it.`;
const refused =
  (reason: string): Sentence =>
  (place) =>
    `${place} refuses the credentials (${reason}): correct user, password and authSource in MONGODB_URI.`;
const notAnAddress =
  (reason: string): Sentence =>
  () =>
    `MONGODB_URI is not an address of a MongoDB (${reason}): write it as mongodb://host:port/.`;

/** Checks that a MongoDB that others run can be reached and used; throws MongoUnavailableError where it cannot. */
export async function checkForeignMongo(uri: string): Promise<void> {
  const problem = await problemOf(uri);
  // The password is nobody's business on a screen or in a log.
  if (problem) throw new MongoUnavailableError(problem(`The MongoDB of MONGODB_URI (${uri.replace(/\/\/.*@/, '//')})`));
}

async function problemOf(uri: string): Promise<Sentence | undefined> {
  const client = clientFor(uri);
  if (client instanceof Error) return notAnAddress(client.message);
  try {
    // The look-up of a mongodb+srv:// name is bounded by none of the driver's settings.
    return await Promise.race([examine(client), sleep(ANSWER_BOUND, unreachable('no answer'), { ref: false })]);
  } catch (error) {
    return sentenceFor(error);
  } finally {
    await client.close();
  }
}

function clientFor(uri: string): MongoClient | Error {
  try {
    return new MongoClient(uri, { serverSelectionTimeoutMS: SELECTION_BOUND, connectTimeoutMS: CONNECTION_BOUND, maxPoolSize: 1 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function examine(client: MongoClient): Promise<Sentence | undefined> {
  const admin = client.db('admin');
  const { version } = await admin.command({ buildInfo: 1 });
  if (Number.parseInt(version, 10) < Number.parseInt(OLDEST_MONGODB, 10)) return tooOld(version);
  const hello = await admin.command({ hello: 1 });
  const sharded = hello['msg'] === 'isdbgrid';
  if (!hello['setName'] && !sharded) return hello['isreplicaset'] ? noPrimary : standalone;
  if (!hello['isWritablePrimary']) return noPrimary;
  // The commands above are answered to everybody; this one is not.
  await client.db().command({ listCollections: 1, nameOnly: true, authorizedCollections: true });
  return undefined;
}

const REFUSALS = new Set<unknown>(['AuthenticationFailed', 'Unauthorized', 'AtlasError']);

function sentenceFor(error: unknown): Sentence {
  if (error instanceof MongoServerError && REFUSALS.has(error.codeName)) return refused(error.message);
  if (error instanceof MongoServerSelectionError) return sentenceForServers(error);
  return unreachable(error instanceof Error ? error.message : String(error));
}

function sentenceForServers({ reason, message }: MongoServerSelectionError): Sentence {
  const servers = [...(reason?.servers.values() ?? [])];
  // The driver itself refuses to talk to the very oldest.
  if (servers.some((server) => server.error instanceof MongoCompatibilityError)) return tooOld('4.0 or older');
  return servers.some((server) => server.type !== 'Unknown') ? noPrimary : unreachable(message);
}
