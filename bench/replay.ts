import { randomBytes, randomUUID } from 'node:crypto';
import { type ClientSession, type Document, type MongoClient, MongoError } from 'mongodb';
import type { Recorded } from './record.ts';

/** What a recorded request made new: ids, keys and secrets that must differ at each replay. */
const FRESH = [
  { pattern: /[0-7][0-9A-HJKMNP-TV-Z]{25}/g, make: () => `0${randomCharacters('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 25)}` },
  { pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, make: () => randomUUID() },
  { pattern: /(?<![0-9A-Z])20\d{6}-[0-9A-Z]{8}(?![0-9A-Z])/g, make: () => `20261231-${randomCharacters('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 8)}` },
  { pattern: /(?<![\w-])(?=[\w-]*(?:\d|[a-z][A-Z]|[A-Z][a-z]))[A-Za-z0-9_-]{22,}(?![\w-])/g, make: () => randomBytes(24).toString('base64url') },
] as const;

function randomCharacters(alphabet: string, length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** Strings that stand for something lasting (accounts, goods): left as they are. */
export type Lasting = ReadonlySet<string>;

/** The tokens of a text that look like ids. */
export const tokensOf = (text: string): string[] => FRESH.flatMap(({ pattern }) => text.match(pattern) ?? []);

/** A copy of the commands in which everything new is new again, and what is substituted stands for what was recorded. */
export function renewed(commands: readonly Recorded[], lasting: Lasting, substitutions: Readonly<Record<string, string>>): Recorded[] {
  const replacements = new Map(Object.entries(substitutions));
  const made = new Set(replacements.values());
  const renew = (text: string) =>
    FRESH.reduce(
      (current, { pattern, make }) =>
        current.replace(pattern, (token) => {
          if (made.has(token)) return token;
          let replacement = replacements.get(token);
          if (replacement === undefined) {
            if (lasting.has(token)) return token;
            replacement = make();
            replacements.set(token, replacement);
            made.add(replacement);
          }
          return replacement;
        }),
      text,
    );
  return commands.map((recorded) => ({ ...recorded, command: mapStrings(recorded.command, renew) as Document }));
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, map));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapStrings(entry, map)]));
}

const TRIES = 20;

/** Sends the commands one after the other with the bare driver, transactions as transactions; answers what was read. */
export async function replay(client: MongoClient, commands: readonly Recorded[]): Promise<Document[]> {
  const read: Document[] = [];
  const done = new Set<string>();
  for (const { transaction, ...single } of commands) {
    if (transaction === null) read.push(...(await send(client, single)));
    else if (!done.has(transaction)) {
      done.add(transaction);
      read.push(
        ...(await together(
          client,
          commands.filter((other) => other.transaction === transaction),
        )),
      );
    }
  }
  return read;
}

async function send(client: MongoClient, { database, command }: Omit<Recorded, 'transaction'>, session?: ClientSession): Promise<Document[]> {
  const answer = await client.db(database).command(command, session ? { session } : {});
  if (answer['writeErrors']) throw new Error(`the replay failed: ${JSON.stringify(answer['writeErrors'])} for ${JSON.stringify(command).slice(0, 300)}`);
  return answer['cursor']?.firstBatch ?? [];
}

/** One transaction, begun again when it loses a conflict, as any client of MongoDB must. */
async function together(client: MongoClient, commands: readonly Recorded[], tries = TRIES): Promise<Document[]> {
  const session = client.startSession();
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
  try {
    const read: Document[] = [];
    for (const command of commands) read.push(...(await send(client, command, session)));
    await session.commitTransaction();
    return read;
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction();
    const lostConflict = error instanceof MongoError && error.hasErrorLabel('TransientTransactionError');
    if (!lostConflict || tries === 0) throw error;
  } finally {
    await session.endSession();
  }
  return together(client, commands, tries - 1);
}
