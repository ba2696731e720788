import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { type Config, loadConfig } from '#platform/config.ts';
import { newId } from '#platform/entity.ts';
import { ANONYMOUS, type Identity, type Membership, SYSTEM } from '#platform/identity.ts';
import { createLogger } from '#platform/logger.ts';
import { type FetchRecord, type RequestScope, type RunningSubgraph, startSubgraph, type Subgraph } from '#platform/subgraph.ts';
import { type Engine, embeddedTransport, type SubgraphResponse } from '#platform/transport.ts';

/** Some subgraphs in this process, asked directly in GraphQL: what a `.db.test.ts` needs. */
export interface TestSubgraphs extends AsyncDisposable {
  readonly config: Config;
  readonly fetches: FetchRecord[];
  ask(
    subgraph: string,
    query: string,
    variables?: object,
    who?: { identity?: Identity; caller?: string; locale?: string; currency?: string },
  ): Promise<SubgraphResponse & { data: any }>;
  running(subgraph: string): RunningSubgraph;
  /** Runs due jobs and delivers committed events until nothing is left. */
  settle(): Promise<void>;
}

export async function startSubgraphs(modules: readonly Subgraph<any>[], environment: Record<string, string> = {}): Promise<TestSubgraphs> {
  const config = loadConfig({ LOG_LEVEL: 'error', BCRYPT_COST: '4', DATABASE_PREFIX: `t${randomBytes(5).toString('hex')}-`, ...environment });
  const log = createLogger(config.LOG_LEVEL);
  const engines = new Map<string, Engine>();
  const transport = embeddedTransport(engines);
  const fetches: FetchRecord[] = [];
  const subscribers = subscribersOf(modules);
  const mongoUri = inject('mongoUri');
  const running = new Map<string, RunningSubgraph>();
  for (const module of modules) {
    const started = await startSubgraph<RequestScope>(module, { mongoUri, config, transport, subscribers, log, onFetch: (record) => fetches.push(record) });
    running.set(module.name, started);
    engines.set(module.name, started);
  }
  const get = (name: string): RunningSubgraph => {
    const started = running.get(name);
    if (!started) throw new Error(`${name} was not started`);
    return started;
  };
  return {
    config,
    fetches,
    running: get,
    ask: async (subgraph, query, variables = {}, { identity = ANONYMOUS, caller = 'gateway', locale = 'en', currency } = {}) => {
      const context = {
        requestId: newId('req'),
        locale,
        country: null,
        currency: currency ?? null,
        companyId: null,
        deadline: Date.now() + 30_000,
        ip: '127.0.0.1',
        userAgent: 'test',
      };
      const answer = await get(subgraph).execute({ query, variables: { ...variables }, identity, caller, context });
      return answer as SubgraphResponse & { data: any };
    },
    settle: async () => {
      for (let round = 0; round < 2; round++) {
        for (const subgraph of running.values()) await subgraph.jobs.drain();
        for (const subgraph of running.values()) await subgraph.relay.drain();
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const subgraph of running.values()) await subgraph.close();
      const client = await MongoClient.connect(mongoUri);
      const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
      for (const { name } of databases) if (name.startsWith(config.DATABASE_PREFIX)) await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

const subscribersOf = (modules: readonly Subgraph<any>[]): Record<string, string[]> => {
  const subscribers: Record<string, string[]> = {};
  for (const module of modules) for (const topic of Object.keys(module.consumes ?? {})) (subscribers[topic] ??= []).push(module.name);
  return subscribers;
};

export const buyer = (subject = newId('user'), memberships: Membership[] = []): Identity => ({
  kind: 'user',
  subject,
  sessionId: newId('session'),
  scopes: ['account', ...memberships.flatMap((membership) => membership.scopes)],
  memberships,
  contract: memberships.length > 0 ? 'partner' : 'public',
});
export const guest = (subject = newId('guest')): Identity => ({ kind: 'guest', subject, sessionId: subject, scopes: [], memberships: [], contract: 'public' });
export const member = (merchantId: string, scopes: string[], role = 'OWNER'): Identity => buyer(newId('user'), [{ merchantId, role, scopes }]);
export const staff = (...scopes: string[]): Identity => ({
  kind: 'staff',
  subject: newId('user'),
  sessionId: newId('session'),
  scopes: ['account', ...scopes],
  memberships: [],
  contract: 'internal',
});
export { ANONYMOUS, SYSTEM };
