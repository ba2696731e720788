import { type DocumentNode, Kind, parse, visit } from 'graphql';
import type { HttpHandler } from '#platform/http.ts';
import { sendText } from '#platform/http.ts';
import type { Logger } from '#platform/logger.ts';
import { StartError } from '#platform/start-error.ts';
import { NO_RIGHTS } from '../authorization/rights.ts';
import { createFront } from '../front.ts';
import { createExecutor } from '../execution/executor.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { explorerRoutes, landing } from '../pages.ts';
import { subgraphAddresses } from '../supergraph/addresses.ts';
import { createStockExecutor } from '../stock-executor.ts';
import { tooDeepValue } from '../values.ts';
import type { ServerCaller } from './caller.ts';
import { type Companies, createCompanies } from './companies.ts';
import { callerReader, payerOf } from './caller-reader.ts';
import { readConfiguration, readText, wrong } from './configuration.ts';
import { corsHeaders } from './cors.ts';
import type { Settings } from './settings.ts';
import { sharingOperations } from './operation-sharing.ts';
import { type IsOverridden, overrideRule } from './overrides.ts';
import { createSubgraphClient, type SubgraphClient, type SubgraphSettings, type Writes } from './subgraph-client.ts';
import { tokenReader } from './tokens.ts';

/** What a gateway is made of. */
export interface Sources {
  readonly supergraph: string;
  readonly config: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A gateway as the files describe it at one time; a changed file makes another. */
export interface Serving {
  readonly settings: Settings;
  readonly handle: HttpHandler;
  /** Gets ready to plan, so that the first operation does not wait for that. */
  warmUp(): Promise<void>;
  drain(): void;
  close(): Promise<void>;
}

const FIRST_QUERY = '{\n  __typename\n}';

/** Throws a StartError that says what is wrong with the files. */
export function load(sources: Sources, log: Logger): Serving {
  const settings = readConfiguration(sources.config);
  const problems: string[] = [];
  const supergraphSdl = readText(sources.supergraph, 'supergraph');
  const document = parsed(sources.supergraph, supergraphSdl);
  const labels = labelsOf(document);
  const isOverridden = overrideRule(settings.overrides);
  const companies = settings.sharing.subgraphCalls ? createCompanies(headersThatMatter(settings), labels, isOverridden) : null;
  const clients = createClients(subgraphsOf(document, settings, problems), settings, { environment: sources.environment, problems, log, companies });
  problems.push(...unknownLabels(labels, settings));
  const readToken = settings.jwt ? tokenReader(settings.jwt, sources.config, problems) : null;
  if (problems.length > 0) throw wrong(sources.config, problems);
  const gateway = buildGateway(sources.supergraph, supergraphSdl, settings, { clients, companies, isOverridden, log });
  const content = { title: 'Gateway', firstQuery: FIRST_QUERY };
  const front = createFront({
    bodyLimit: settings.limits.bodyBytes,
    callerOf: callerReader(readToken, settings),
    unfitValue: (_query, variables) => tooDeepValue(variables),
    corsOf: corsHeaders(settings.cors),
    landing: settings.explorer ? landing(content) : (_request, response) => sendText(response, 404, 'The graph is at POST /graphql.\n'),
    pages: settings.explorer ? explorerRoutes(content) : {},
    log,
  });
  front.open(gateway, {});
  return {
    settings,
    handle: front.handle,
    warmUp: gateway.warmUp,
    drain: front.drain,
    close: async () => {
      await Promise.all([gateway, ...clients.values()].map((opened) => opened.close()));
    },
  };
}

function parsed(file: string, sdl: string): DocumentNode {
  try {
    return parse(sdl, { noLocation: true });
  } catch (error) {
    throw unfit(file, error);
  }
}

const unfit = (file: string, error: unknown): Error =>
  new StartError(`The supergraph in ${file} cannot be served: ${error instanceof Error ? error.message : String(error)}`);

interface Parts {
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** Null where no calls are shared. */
  readonly companies: Companies | null;
  readonly isOverridden: IsOverridden;
  readonly log: Logger;
}

function buildGateway(file: string, supergraphSdl: string, settings: Settings, { clients, companies, isOverridden, log }: Parts): Gateway<ServerCaller> {
  const executorOf = settings.executor === 'stock' ? createStockExecutor : createExecutor;
  const gateway = built(file, () =>
    createGateway<ServerCaller>({
      supergraphSdl,
      send: (subgraph, call, caller) => {
        const client = clients.get(subgraph);
        return client ? client.send(call, caller) : Promise.reject(new Error(`no address is known for the subgraph ${subgraph}`));
      },
      rightsOf: ({ claims }) => claims?.rights ?? NO_RIGHTS,
      isDenialTotal: settings.unauthorized === 'reject',
      isOverridden,
      isMerging: settings.mergedCalls,
      executorOf: companies ? companies.executorOf(executorOf) : executorOf,
      isIntrospectable: settings.introspection,
      limits: settings.limits,
      sensitiveFields: settings.sensitiveFields,
      budget: { pointsPerSecond: settings.pointsPerSecond, principalOf: payerOf },
      log,
    }),
  );
  const withHeaders: Gateway<ServerCaller> = {
    ...gateway,
    execute: async (operation, caller) => {
      const answer = await gateway.execute(operation, caller);
      return { ...answer, headers: { ...caller.responseHeaders.collected(answer.body.errors === undefined), ...answer.headers } };
    },
  };
  return settings.sharing.operations ? sharingOperations(withHeaders, headersThatMatter(settings)) : withHeaders;
}

/** The headers of a client on which answers may depend. */
const headersThatMatter = ({ defaults, subgraphs, overrides }: Settings): string[] => [
  ...[defaults, ...Object.values(subgraphs)].flatMap(({ requestHeaders }) => requestHeaders.flatMap((rule) => (rule.action === 'forward' ? [rule.name] : []))),
  ...(overrides.header === undefined ? [] : [overrides.header]),
];

function built<T>(file: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw unfit(file, error);
  }
}

function labelsOf(document: DocumentNode): readonly string[] {
  const known = new Set<string>();
  visit(document, {
    Argument: ({ name, value }) => {
      if (name.value === 'overrideLabel' && value.kind === Kind.STRING) known.add(value.value);
    },
  });
  return [...known];
}

const unknownLabels = (known: readonly string[], { overrides }: Settings): string[] =>
  Object.keys(overrides.labels)
    .filter((label) => !known.includes(label))
    .map((label) => `overrides.labels.${label}: the supergraph has no such label; it has ${known.join(', ') || 'none'}`);

/** Each subgraph as it is to be reached; what does not fit together goes to `problems`. */
function subgraphsOf(document: DocumentNode, { defaults, subgraphs }: Settings, problems: string[]): SubgraphSettings[] {
  const addresses = subgraphAddresses(document);
  if (addresses.size === 0) throw new StartError('The supergraph names no subgraphs: it must be a composed federation 2 supergraph, with an enum join__Graph.');
  for (const name of Object.keys(subgraphs)) {
    if (!addresses.has(name)) problems.push(`subgraphs.${name}: the supergraph has no such subgraph; it has ${[...addresses.keys()].join(', ')}`);
  }
  return [...addresses].flatMap(([name, stated]) => {
    const { url = stated, requestHeaders = [], responseHeaders = [], ...given } = subgraphs[name] ?? {};
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      problems.push(
        `subgraphs.${name}.url: the supergraph states ${url === '' ? 'no address' : `"${url}"`} for it: name an address such as http://127.0.0.1:4001/graphql`,
      );
      return [];
    }
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return [
      {
        ...defaults,
        ...set,
        name,
        url,
        requestHeaders: [...defaults.requestHeaders, ...requestHeaders],
        responseHeaders: [...defaults.responseHeaders, ...responseHeaders],
      },
    ];
  });
}

interface Surroundings {
  readonly companies: Companies | null;
  readonly environment: Sources['environment'];
  readonly problems: string[];
  readonly log: Logger;
}

function createClients(
  subgraphs: readonly SubgraphSettings[],
  { errors }: Settings,
  { companies, ...surroundings }: Surroundings,
): ReadonlyMap<string, SubgraphClient> {
  const clients = new Map<string, SubgraphClient>();
  const writes: Writes | null = companies && {
    callers: new WeakSet(),
    done: () => {
      companies.forget();
      for (const client of clients.values()) client.forget();
    },
  };
  for (const subgraph of subgraphs) clients.set(subgraph.name, createSubgraphClient({ subgraph, errors, writes, ...surroundings }));
  return clients;
}
