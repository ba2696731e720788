import { randomBytes, randomUUID } from 'node:crypto';
import type { ClientSession, Document, MongoClient } from 'mongodb';
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

/** A copy of the commands in which everything new is new again. */
export function renewed(commands: readonly Recorded[], lasting: Lasting): Recorded[] {
  const replacements = new Map<string, string>();
  const renew = (text: string) =>
    FRESH.reduce(
      (current, { pattern, make }) =>
        current.replace(pattern, (token) => {
          if (lasting.has(token) || made.has(token)) return token;
          let replacement = replacements.get(token);
          if (replacement === undefined) {
            replacement = make();
            replacements.set(token, replacement);
            made.add(replacement);
          }
          return replacement;
        }),
      text,
    );
  const made = new Set<string>();
  return commands.map((recorded) => ({ ...recorded, command: mapStrings(recorded.command, renew) as Document }));
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapStrings(entry, map));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapStrings(entry, map)]));
}

/** Sends the commands one after the other with the bare driver, transactions as transactions; answers what was read. */
export async function replay(client: MongoClient, commands: readonly Recorded[]): Promise<Document[]> {
  const read: Document[] = [];
  const sessions = new Map<string, ClientSession>();
  const lastOf = new Map(commands.flatMap(({ transaction }, index) => (transaction ? [[transaction, index] as const] : [])));
  for (const [index, { database, command, transaction }] of commands.entries()) {
    const session = transaction ? (sessions.get(transaction) ?? begin(client, sessions, transaction)) : undefined;
    const answer = await client.db(database).command(command, session ? { session } : {});
    if (answer['writeErrors']) throw new Error(`the replay failed: ${JSON.stringify(answer['writeErrors'])} for ${JSON.stringify(command).slice(0, 300)}`);
    if (answer['cursor']) read.push(...answer['cursor'].firstBatch);
    if (transaction && lastOf.get(transaction) === index) {
      await session?.commitTransaction();
      await session?.endSession();
      sessions.delete(transaction);
    }
  }
  return read;
}

function begin(client: MongoClient, sessions: Map<string, ClientSession>, transaction: string): ClientSession {
  const session = client.startSession();
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
  sessions.set(transaction, session);
  return session;
}
