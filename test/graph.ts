import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { loadConfig } from '#platform/config.ts';
import { createLogger } from '#platform/logger.ts';
import type { FetchRecord } from '#platform/subgraph.ts';
import { startShop } from '../gateway/shop.ts';
import { shopServices, startServices } from '../scripts/services.ts';

export const TOPOLOGIES = ['embedded', 'services'] as const;
export type TestTopology = (typeof TOPOLOGIES)[number];

export interface Answered {
  readonly status: number;
  // Tests read answers of any shape.
  readonly data: any;
  readonly errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

export interface Ask {
  token?: string | undefined;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A whole shop behind its gateway, with databases of its own. */
export interface TestGraph extends AsyncDisposable {
  readonly url: string;
  readonly databasePrefix: string;
  readonly mongoUri: string;
  query(query: string, variables?: object, ask?: Ask): Promise<Answered>;
  /** Fetches per subgraph since the last reset. */
  calls(): Record<string, number>;
  /** MongoDB commands per subgraph since the last reset. */
  commands(): Record<string, number>;
  resetCalls(): void;
}

const environmentFor = (databasePrefix: string, dataDir: string, extra: Readonly<Record<string, string>>): Record<string, string> => ({
  LOG_LEVEL: 'info',
  BCRYPT_COST: '4',
  JOBS_POLL_SECONDS: '0.2',
  RATE_LIMIT_POINTS_PER_SECOND: '0',
  SEED: 'never',
  DATABASE_PREFIX: databasePrefix,
  DATA_DIR: dataDir,
  MONGODB_URI: inject('mongoUri'),
  ...extra,
});

export async function startGraph({ topology, environment = {} }: { topology: TestTopology; environment?: Record<string, string> }): Promise<TestGraph> {
  const databasePrefix = `g${randomBytes(5).toString('hex')}-`;
  const dataDir = await mkdtemp(`${tmpdir()}/tradegraph-graph-`);
  const settings = environmentFor(databasePrefix, dataDir, environment);
  let fetches: FetchRecord[] = [];
  const note = (record: FetchRecord) => fetches.push(record);
  const shop = topology === 'embedded' ? await startEmbedded(settings, note) : await startSix(settings, note);
  const tally = (of: (record: FetchRecord) => number) => {
    const totals: Record<string, number> = {};
    for (const record of fetches) totals[record.subgraph] = (totals[record.subgraph] ?? 0) + of(record);
    return totals;
  };
  return {
    url: shop.url,
    databasePrefix,
    mongoUri: settings['MONGODB_URI'] ?? inject('mongoUri'),
    query: (query, variables = {}, ask = {}) => post(shop.url, query, variables, ask),
    calls: () => tally(() => 1),
    commands: () => tally(({ commands }) => commands),
    resetCalls: () => {
      fetches = [];
    },
    [Symbol.asyncDispose]: async () => {
      await shop.close();
      await dropDatabases(databasePrefix);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startEmbedded(settings: Record<string, string>, onFetch: (record: FetchRecord) => void) {
  const config = loadConfig({ ...settings, PORT: '0', LOG_LEVEL: settings['TEST_LOG'] ?? 'error' });
  return startShop({ config, mongoUri: settings['MONGODB_URI'] ?? inject('mongoUri'), log: createLogger(config.LOG_LEVEL), onFetch });
}

/** Six real processes; what they fetch is read from their logs. */
async function startSix(settings: Record<string, string>, onFetch: (record: FetchRecord) => void) {
  const names = ['gateway', 'user', 'product', 'cart', 'order-payment', 'review'];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
  const services = shopServices(ports, settings);
  const running = await startServices(services, (line) => {
    const record = fetchOf(line);
    if (record) onFetch(record);
  });
  return { url: `http://127.0.0.1:${ports['gateway']}`, close: running.close };
}

function fetchOf(line: string): FetchRecord | null {
  if (!line.includes('"msg":"fetch"')) {
    if (/"level":(50|60)/.test(line)) console.error(line);
    return null;
  }
  const { subgraph, operation, commands, ms } = JSON.parse(line) as { subgraph: string; operation: string; commands: number; ms: number };
  return { subgraph, operation, commands, milliseconds: ms };
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

export async function post(url: string, query: string, variables: object, { token, headers = {}, signal }: Ask = {}): Promise<Answered> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify({ query, variables }),
    ...(signal && { signal }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answered, 'status'>) };
}

/** The shop's databases, for assertions on totals. */
export async function withDatabases<T>(
  databasePrefix: string,
  read: (database: (name: string) => ReturnType<MongoClient['db']>) => Promise<T>,
  mongoUri = inject('mongoUri'),
): Promise<T> {
  const client = await MongoClient.connect(mongoUri);
  try {
    return await read((name) => client.db(`${databasePrefix}${name}`));
  } finally {
    await client.close();
  }
}

type ReadRows = (database: string, collection: string, filter: object) => Promise<any[]>;

/** Reads rows of the shop's databases as of one moment: what is compared was true together. */
export const atOneMoment = <T>(databasePrefix: string, read: (rows: ReadRows) => Promise<T>): Promise<T> =>
  withDatabases(databasePrefix, (database) =>
    database('user').client.withSession({ snapshot: true }, (session) =>
      read((name, collection, filter) => database(name).collection(collection).find(filter, { session }).toArray()),
    ),
  );

async function dropDatabases(prefix: string): Promise<void> {
  const client = await MongoClient.connect(inject('mongoUri'));
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) if (name.startsWith(prefix)) await client.db(name).dropDatabase();
  await client.close();
}
