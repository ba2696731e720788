import { globSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { EntityManager, MikroORM } from '@mikro-orm/mongodb';
import {
  concatAST,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  validate,
} from 'graphql';
import type { Db } from 'mongodb';
import { enforceAuthorization } from './authorization.ts';
import { countingCommands, observeCommands } from './commands.ts';
import type { Config } from './config.ts';
import { createExecutor } from './execution/executor.ts';
import { formatError } from './format-error.ts';
import type { HttpRoutes } from './http.ts';
import { prepareIdempotency } from './idempotency.ts';
import { type Identity, SYSTEM } from './identity.ts';
import type { RequestContext } from './internal-auth.ts';
import { type Job, type JobWorker, prepareJobs, startJobs } from './jobs.ts';
import type { Logger } from './logger.ts';
import { decimalOf, type Money } from './money.ts';
import { prepareOutbox, type Relay, type StoredEvent, startRelay } from './outbox.ts';
import { scalars } from './scalars.ts';
import { type Siblings, siblingsOf } from './siblings.ts';
import type { Engine, SubgraphRequest, SubgraphResponse, Transport } from './transport.ts';

/** What lives as long as one fetch (in one process: one client request, and anew after each mutation). */
export interface RequestScope {
  readonly em: EntityManager;
  readonly identity: Identity;
  readonly request: RequestContext;
  /** `gateway`, or the name of the subgraph that asks. */
  readonly caller: string;
  readonly siblings: Siblings;
  readonly config: Config;
  readonly log: Logger;
  /** Events were committed, or jobs are due: look at once rather than at the next poll. */
  readonly wake: () => void;
}

type EntityClass = abstract new () => object;

/** A handler of one subgraph's own context; a method's type, so that the registry may hold modules of any context. */
type Handler<C, T> = { handle(context: C, subject: T): Promise<void> }['handle'];

/** One subgraph as one object: what it says, what it stores, what it does. */
export interface Subgraph<C extends RequestScope = RequestScope> {
  readonly name: string;
  /** Its folder: every `schema.graphql` in it is a part of its contract. */
  readonly directory: string;
  readonly entities: readonly EntityClass[];
  readonly resolvers: object;
  createContext(scope: RequestScope): C;
  /** Events of others that it hears of, by topic. A handler is repeatable, and in order per subject. */
  readonly consumes?: Readonly<Record<string, Handler<C, StoredEvent>>>;
  /** Its timers, by kind. */
  readonly jobs?: Readonly<Record<string, Handler<C, Job>>>;
  /** Plain HTTP beside GraphQL, by path prefix; reached through the gateway under the same path. */
  readonly httpPrefixes?: readonly string[];
  http?(runtime: SubgraphRuntime<C>): HttpRoutes;
  /** Runs once after the indexes exist, before the first request: what the data must hold from the start. */
  prepare?(runtime: SubgraphRuntime<C>): Promise<void>;
  /** Releases what `http` or `prepare` opened. */
  close?(runtime: SubgraphRuntime<C>): Promise<void>;
}

export interface SubgraphRuntime<C extends RequestScope = RequestScope> {
  readonly config: Config;
  readonly log: Logger;
  readonly database: Db;
  /** Another database of the same server, under this shop's prefix. */
  openDatabase(name: string): Db;
  /** A context of its own in which the shop itself acts. */
  systemContext(): C;
}

export interface FetchRecord {
  readonly subgraph: string;
  readonly operation: string;
  readonly commands: number;
  readonly milliseconds: number;
}

export interface StartOptions {
  readonly mongoUri: string;
  readonly config: Config;
  readonly transport: Transport;
  /** Which subgraphs hear of a topic. */
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  readonly log: Logger;
  /** Called after each fetch; tests count by it. */
  readonly onFetch?: (record: FetchRecord) => void;
}

export interface RunningSubgraph extends Engine {
  readonly routes: HttpRoutes;
  readonly runtime: SubgraphRuntime;
  readonly relay: Relay;
  readonly jobs: JobWorker;
  close(): Promise<void>;
}

const CORE_TYPES = `${import.meta.dirname}/core.graphql`;
const ADDRESS_TYPES = `${import.meta.dirname}/address.graphql`;

/** The SDL files of which a subgraph's schema consists: the shared core first, then its own. */
export function schemaFilesOf(directory: string): string[] {
  const own = globSync('**/schema.graphql', { cwd: directory })
    .sort()
    .map((file) => `${directory}/${file}`);
  const usesAddresses = own.some((file) => /\bPostalAddress/.test(readFileSync(file, 'utf8')));
  return [CORE_TYPES, ...(usesAddresses ? [ADDRESS_TYPES] : []), ...own];
}

/**
 * The contract as one document. A type may stand in several files: each noun brings its own fields, and may repeat the
 * key by which it knows the type.
 */
export function typeDefsOf(directory: string): DocumentNode {
  const { definitions } = concatAST(schemaFilesOf(directory).map((file) => parse(readFileSync(file, 'utf8'), { noLocation: true })));
  const seen = new Map<string, Set<string>>();
  return {
    kind: Kind.DOCUMENT,
    definitions: definitions.flatMap((definition): DefinitionNode[] => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [definition];
      const known = seen.get(definition.name.value);
      const parts = known ?? new Set<string>();
      seen.set(definition.name.value, parts);
      const added = withoutKnown(definition, parts);
      return known === undefined ? [definition] : hasParts(added) ? [{ ...added, kind: Kind.OBJECT_TYPE_EXTENSION }] : [];
    }),
  };
}

/** What a repeated definition adds: the fields, directives and interfaces that were not there yet. */
function withoutKnown({ description: _description, ...definition }: ObjectTypeDefinitionNode, known: Set<string>): ObjectTypeDefinitionNode {
  const isNew = (part: string) => !known.has(part) && known.add(part) !== undefined;
  return {
    ...definition,
    fields: (definition.fields ?? []).filter(({ name }) => isNew(`field ${name.value}`)),
    directives: (definition.directives ?? []).filter((directive) => isNew(print(directive))),
    interfaces: (definition.interfaces ?? []).filter(({ name }) => isNew(`interface ${name.value}`)),
  };
}

const hasParts = ({ fields = [], directives = [], interfaces = [] }: ObjectTypeDefinitionNode): boolean =>
  fields.length + directives.length + interfaces.length > 0;

const CORE_RESOLVERS = { ...scalars, Money: { decimal: (money: Money) => decimalOf(money) } };

/** The executable schema: contract, resolvers, scalars, and the rights that the contract asks for. */
export function buildSchema(subgraph: Pick<Subgraph, 'directory' | 'resolvers'>): GraphQLSchema {
  const schema = buildSubgraphSchema([{ typeDefs: typeDefsOf(subgraph.directory), resolvers: { ...CORE_RESOLVERS, ...subgraph.resolvers } as never }]);
  localizeMessages(schema);
  enforceAuthorization(schema);
  return schema;
}

/** Errors and issues carry `{ en, zh }`; the caller's locale picks one. */
function localizeMessages(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    const field = isObjectType(type) ? type.getFields()['message'] : undefined;
    if (field && !field.resolve) {
      field.resolve = ({ message }, _args, { request }: RequestScope) =>
        typeof message === 'object' && message !== null ? message[request.locale.startsWith('zh') ? 'zh' : 'en'] : message;
    }
  }
}

/** Opens the subgraph's own database, prepares its indexes and starts its timers and its relay. */
export async function startSubgraph<C extends RequestScope>(subgraph: Subgraph<C>, options: StartOptions): Promise<RunningSubgraph> {
  const { config, transport, onFetch } = options;
  const log = options.log.child({ subgraph: subgraph.name });
  const orm = await MikroORM.init({
    entities: [...subgraph.entities],
    clientUrl: options.mongoUri,
    dbName: `${config.DATABASE_PREFIX}${subgraph.name}`,
    // Twice the load of one process at its peak; a waiting operation queues in the pool.
    // An election takes up to twelve seconds, and who waits for it is not told of an outage.
    driverOptions: { maxPoolSize: 40, serverSelectionTimeoutMS: 15_000 },
    ensureIndexes: true,
    ignoreUndefinedInQuery: true,
  });
  // MikroORM would connect, and make the indexes, only with its first own query.
  await orm.connect();
  const client = orm.em.getConnection().getClient();
  observeCommands(client);
  const database = orm.em.getConnection().getDb();
  await Promise.all([prepareOutbox(database), prepareJobs(database), prepareIdempotency(database)]);

  const scopeOf = (request: Pick<SubgraphRequest, 'identity' | 'context' | 'caller'>): RequestScope => ({
    em: freshEntityManager(orm.em),
    identity: request.identity,
    request: request.context,
    caller: request.caller,
    siblings: siblingsOf(transport, subgraph.name, request),
    config,
    log,
    wake: () => relay.wake(),
  });
  const systemContext = () => subgraph.createContext(scopeOf({ identity: SYSTEM, context: systemRequest(), caller: subgraph.name }));
  const runtime: SubgraphRuntime<C> = { config, log, database, openDatabase: (name) => client.db(`${config.DATABASE_PREFIX}${name}`), systemContext };
  await subgraph.prepare?.(runtime);

  const execution = createExecution(subgraph, scopeOf, log, onFetch);
  const relay = startRelay({
    database,
    pollSeconds: config.JOBS_POLL_SECONDS,
    log,
    deliver: async (event) => {
      for (const subscriber of options.subscribers[event.topic] ?? []) await transport.deliver(subscriber, event);
    },
  });
  const jobs = startJobs({
    database,
    pollSeconds: config.JOBS_POLL_SECONDS,
    log,
    handlers: Object.fromEntries(Object.entries(subgraph.jobs ?? {}).map(([kind, handle]) => [kind, (job: Job) => handle(systemContext(), job)])),
  });

  return {
    name: subgraph.name,
    execute: execution,
    consume: async (event) => subgraph.consumes?.[event.topic]?.(systemContext(), event),
    routes: subgraph.http?.(runtime) ?? {},
    runtime: runtime as unknown as SubgraphRuntime,
    relay,
    jobs,
    close: async () => {
      await Promise.all([jobs.stop(), relay.stop()]);
      await subgraph.close?.(runtime);
      await orm.close();
    },
  };
}

/** What `fork` makes, without the settings and the environment variable that it writes each time. */
const freshEntityManager = (em: EntityManager): EntityManager => new EntityManager(em.config, em.getDriver(), em.getMetadata(), false, em.getEventManager());

const systemRequest = (): RequestContext => ({
  requestId: `system-${Date.now().toString(36)}`,
  locale: 'en',
  country: null,
  currency: null,
  companyId: null,
  deadline: Date.now() + 60_000,
  ip: null,
  userAgent: null,
});

const KEPT_DOCUMENTS = 2_000;

/** Executes operations, keeping parsed documents, and one context per session. */
function createExecution<C extends RequestScope>(
  subgraph: Subgraph<C>,
  scopeOf: (request: SubgraphRequest) => RequestScope,
  log: Logger,
  onFetch: StartOptions['onFetch'],
) {
  const schema = buildSchema(subgraph);
  const execute = createExecutor(schema);
  const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();

  const documentOf = (query: string): DocumentNode | readonly GraphQLError[] => {
    const kept = documents.get(query);
    if (kept) return kept;
    const document = parse(query);
    const errors = validate(schema, document);
    const outcome = errors.length > 0 ? errors : document;
    if (documents.size >= KEPT_DOCUMENTS) documents.clear();
    documents.set(query, outcome);
    return outcome;
  };

  const contextOf = ({ session, ...request }: SubgraphRequest): C => {
    const kept = session?.get(subgraph.name);
    if (kept) return kept as C;
    const context = subgraph.createContext(scopeOf(request));
    session?.set(subgraph.name, context);
    return context;
  };

  return async (request: SubgraphRequest): Promise<SubgraphResponse> => {
    const { requestId } = request.context;
    const startedAt = performance.now();
    const document = request.document ?? documentOf(request.query);
    if (!('kind' in document)) return { errors: document.map((error) => formatError(error, requestId, log)) };
    const isMutation = isMutationDocument(document);
    // What a mutation changed must not be answered from what was loaded before it, nor the other way round.
    if (isMutation) request.session?.delete(subgraph.name);
    const contextValue = contextOf(isMutation ? ({ ...request, session: undefined } as SubgraphRequest) : request);
    const { result, commands } = await countingCommands(() =>
      execute({ document, context: contextValue, variables: request.variables, operationName: request.operationName }),
    );
    const record = {
      subgraph: subgraph.name,
      operation: request.operationName ?? rootFieldsOf(document),
      commands,
      milliseconds: Math.round((performance.now() - startedAt) * 10) / 10,
    };
    onFetch?.(record);
    log.info({ requestId, operation: record.operation, commands, ms: record.milliseconds, ...(result.errors && { errors: result.errors.length }) }, 'fetch');
    const { errors, ...answer } = result;
    return errors ? { ...answer, errors: errors.map((error) => formatError(error, requestId, log)) } : answer;
  };
}

const isMutationDocument = (document: DocumentNode): boolean =>
  document.definitions.some((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION);

function rootFieldsOf(document: DocumentNode): string {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operation?.kind === Kind.OPERATION_DEFINITION
    ? operation.selectionSet.selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : [])).join(',')
    : '';
}
