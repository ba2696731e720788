import { setTimeout as sleep } from 'node:timers/promises';
import type { Document, MongoClient, Timestamp } from 'mongodb';
import { EJSON } from 'bson';

/** One MongoDB command as the server saw it. */
export interface Recorded {
  readonly database: string;
  readonly command: Document;
  /** Names the transaction it belongs to; null outside of one. */
  readonly transaction: string | null;
}

export const APP_NAME = 'tradegraph-bench';
/** What the driver adds and what the replay adds itself. */
const ENVELOPE = new Set(['lsid', 'txnNumber', 'autocommit', 'startTransaction', '$clusterTime', '$db', '$readPreference', 'readConcern', 'writeConcern']);
const NOT_WORK = new Set([
  'hello',
  'ping',
  'isMaster',
  'ismaster',
  'endSessions',
  'setParameter',
  'getLog',
  'getMore',
  'killCursors',
  'getParameter',
  'serverStatus',
  'commitTransaction',
]);
const LINES_KEPT = 1_024;

interface Logged {
  /** The connection. */
  readonly ctx: string;
  readonly msg: string;
  readonly attr: {
    readonly type?: string;
    readonly ns?: string;
    readonly appName?: string;
    readonly command?: Document;
    readonly nreturned?: number;
    readonly nModified?: number;
    readonly nMatched?: number;
    readonly ninserted?: number;
  };
}

/** Reads from mongod's own log which commands the databases with this prefix are sent. */
export async function recorder(client: MongoClient, isOurs: (database: string) => boolean) {
  const admin = client.db('admin');
  const verbosity = (level: number) =>
    admin.command({ setParameter: 1, logComponentVerbosity: { command: { verbosity: level }, write: { verbosity: level } }, maxLogSizeKB: 1_000 });
  const linesWritten = async (): Promise<number> => (await admin.command({ getLog: 'global' }))['totalLinesWritten'];

  async function during(work: () => Promise<void>): Promise<Logged[]> {
    await verbosity(2);
    const before = await linesWritten();
    try {
      await work();
    } finally {
      await verbosity(0);
    }
    const { log, totalLinesWritten } = await admin.command({ getLog: 'global' });
    const written = totalLinesWritten - before;
    if (written > LINES_KEPT) throw new Error(`too much at once to record: ${written} log lines`);
    return (log as string[])
      .slice(-written)
      .map((line) => JSON.parse(line) as Logged)
      .filter(
        ({ msg, attr }) =>
          msg === 'Slow query' &&
          attr.command !== undefined &&
          attr.appName !== APP_NAME &&
          (isOurs(databaseOf(attr.ns)) || 'commitTransaction' in attr.command),
      );
  }

  const idle = new Set((await during(() => sleep(2_500))).map(shapeOf));
  return {
    /** Runs the work once and answers the commands that it caused, in their order; polls that found nothing are left out. */
    record: async (work: () => Promise<void>, settleMs = 0): Promise<Recorded[]> => {
      const since = (await admin.command({ hello: 1 }))['operationTime'];
      const logged = await during(async () => {
        await work();
        await sleep(settleMs);
      });
      return withoutRepetitions(
        commandsOf(
          logged.filter((line) => !(idle.has(shapeOf(line)) && hadNoEffect(line))),
          await insertedSince(client, since),
        ),
      );
    },
  };
}

const databaseOf = (namespace = ''): string => namespace.slice(0, namespace.indexOf('.'));

const shapeOf = ({ attr: { command = {}, ns } }: Logged): string => {
  const [name = ''] = Object.keys(command);
  return `${databaseOf(ns)}|${name}|${command[name]}|${Object.keys(command['filter'] ?? command['query'] ?? {}).join(',')}`;
};

const hadNoEffect = ({ attr }: Logged): boolean => !attr.nreturned && !attr.nModified && !attr.nMatched;

/** Namespace → the documents inserted into it, in their order, as the oplog has them. */
async function insertedSince(client: MongoClient, since: Timestamp): Promise<Map<string, Document[]>> {
  const entries = await client
    .db('local')
    .collection('oplog.rs')
    .find({ ts: { $gt: since } })
    .toArray();
  const operations = entries.flatMap(({ op, ns, o }) => (op === 'c' && Array.isArray(o.applyOps) ? (o.applyOps as Document[]) : [{ op, ns, o }]));
  const documents = new Map<string, Document[]>();
  for (const { op, ns, o } of operations) if (op === 'i') documents.set(ns, [...(documents.get(ns) ?? []), o]);
  return documents;
}

/**
 * The statements of an update or delete are logged one by one, before the command that held them; a command whose
 * statements came beside its body is logged without them.
 */
function commandsOf(lines: readonly Logged[], inserted: ReadonlyMap<string, Document[]>): Recorded[] {
  const statements = new Map<string, Document[]>();
  // A transaction that lost a conflict was begun again: only what was committed counts.
  const committed = new Set(lines.flatMap(({ attr: { command = {} } }) => ('commitTransaction' in command ? [transactionOf(command)] : [])));
  return lines.flatMap(({ ctx, attr: { type, ns = '', ninserted = 0, command = {} } }) => {
    const [name = ''] = Object.keys(command);
    if (type === 'update' || type === 'remove') {
      statements.set(ctx, [...(statements.get(ctx) ?? []), pick(command, ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'limit'])]);
      return [];
    }
    const given = statements.get(ctx) ?? [];
    statements.delete(ctx);
    if (NOT_WORK.has(name)) return [];
    const transaction = transactionOf(command);
    if (transaction !== null && !committed.has(transaction)) return [];
    const body: Document = Object.fromEntries(Object.entries(command).filter(([key]) => !ENVELOPE.has(key)));
    if (name === 'update') body['updates'] ??= given;
    if (name === 'delete') body['deletes'] ??= given;
    const documents = name === 'insert' ? (inserted.get(ns)?.splice(0, ninserted) ?? []) : [];
    const sent = EJSON.deserialize(body) as Document;
    if (name === 'insert' && !sent['documents']) sent['documents'] = documents;
    return [{ database: databaseOf(ns), transaction, command: sent }];
  });
}

/** An event may be delivered twice; the second time it finds itself done, and is no part of the work. */
function withoutRepetitions(commands: readonly Recorded[]): Recorded[] {
  const insertedBy = new Map<string, string | null>();
  const repeated = new Set<string>();
  for (const { database, command, transaction } of commands) {
    for (const { _id } of (command['documents'] ?? []) as Document[]) {
      const key = `${database}|${command['insert']}|${JSON.stringify(_id)}`;
      if (!insertedBy.has(key)) insertedBy.set(key, transaction);
      else if (transaction !== null && insertedBy.get(key) !== transaction) repeated.add(transaction);
    }
  }
  return commands.filter(({ transaction }) => transaction === null || !repeated.has(transaction));
}

const transactionOf = (command: Document): string | null =>
  command['autocommit'] === false ? `${JSON.stringify(command['lsid'])}|${JSON.stringify(command['txnNumber'])}` : null;

const pick = (document: Document, names: readonly string[]): Document =>
  Object.fromEntries(names.filter((name) => name in document).map((name) => [name, document[name]]));
