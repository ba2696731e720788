import { setTimeout as sleep } from 'node:timers/promises';
import { type Document, type MongoClient } from 'mongodb';
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
const NOT_WORK = new Set(['hello', 'ping', 'isMaster', 'ismaster', 'endSessions', 'setParameter', 'getLog', 'getMore', 'killCursors', 'getParameter', 'serverStatus', 'commitTransaction']);
const LINES_KEPT = 1_024;

interface Logged {
  readonly t: { readonly $date: string };
  readonly msg: string;
  readonly attr: { readonly type?: string; readonly ns?: string; readonly appName?: string; readonly command?: Document; readonly nreturned?: number; readonly nModified?: number; readonly nMatched?: number };
}

/** Reads from mongod's own log which commands the databases with this prefix are sent. */
export async function recorder(client: MongoClient, isOurs: (database: string) => boolean) {
  const admin = client.db('admin');
  const verbosity = (level: number) => admin.command({ setParameter: 1, logComponentVerbosity: { command: { verbosity: level } }, maxLogSizeKB: 1_000 });
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
      .filter(({ msg, attr }) => msg === 'Slow query' && attr.command !== undefined && attr.appName !== APP_NAME && isOurs(databaseOf(attr.command)));
  }

  const idle = new Set((await during(() => sleep(2_500))).map(shapeOf));
  return {
    /** Runs the work once and answers the commands that it caused, in their order; polls that found nothing are left out. */
    record: async (work: () => Promise<void>, settleMs = 0): Promise<Recorded[]> => {
      const logged = await during(async () => {
        await work();
        await sleep(settleMs);
      });
      return logged.filter((line) => !(idle.has(shapeOf(line)) && hadNoEffect(line))).flatMap(commandOf);
    },
  };
}

const databaseOf = (command: Document): string => String(command['$db'] ?? '');

const shapeOf = ({ attr: { command = {} } }: Logged): string => {
  const [name = ''] = Object.keys(command);
  return `${databaseOf(command)}|${name}|${command[name]}|${Object.keys(command['filter'] ?? command['query'] ?? {}).join(',')}`;
};

const hadNoEffect = ({ attr }: Logged): boolean => !attr.nreturned && !attr.nModified && !attr.nMatched;

function commandOf({ attr: { command = {} } }: Logged): Recorded[] {
  const [name = ''] = Object.keys(command);
  if (NOT_WORK.has(name)) return [];
  const transaction = command['autocommit'] === false ? `${JSON.stringify(command['lsid'])}|${JSON.stringify(command['txnNumber'])}` : null;
  const body = Object.fromEntries(Object.entries(command).filter(([key]) => !ENVELOPE.has(key)));
  return [{ database: databaseOf(command), transaction, command: EJSON.deserialize(body) as Document }];
}
