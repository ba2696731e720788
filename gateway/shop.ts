import { readFileSync } from 'node:fs';
import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { subgraphs as modules, subscribersOf } from '#subgraphs';
import { type Config, signingKeysOf } from '#platform/config.ts';
import { forwarding } from '#platform/forward.ts';
import { type HttpHandler, type HttpRoutes, type Listening, listen, sendJson, sendText } from '#platform/http.ts';
import { type Identity, principalOf } from '#platform/identity.ts';
import { internalAuth, type RequestContext } from '#platform/internal-auth.ts';
import { limitsOf } from '#platform/limit-settings.ts';
import type { Logger } from '#platform/logger.ts';
import { type FetchRecord, type RunningSubgraph, startSubgraph } from '#platform/subgraph.ts';
import { publicKeysOf, tokenVerifier } from '#platform/tokens.ts';
import { type Engine, embeddedTransport, httpTransport, type Session, SubgraphUnavailableError, type Transport } from '#platform/transport.ts';
import { clientAddress, networkOf } from './client-address.ts';
import { type Contracts, loadContracts } from './contracts.ts';
import type { SubgraphCall } from './execution/executor.ts';
import { FIRST_QUERY } from './first-query.ts';
import { createFront, type Front } from './front.ts';
import { type Caller, createGateway } from './gateway.ts';
import { identityOf, requestContextOf } from './identity.ts';
import { explorerRoutes, landing } from './pages.ts';
import { unfitValue } from './values.ts';

export interface Shop {
  readonly url: string;
  readonly config: Config;
  /** The subgraphs of this process; none where they are services. */
  readonly subgraphs: readonly RunningSubgraph[];
  /** Stops accepting, finishes what is under way, closes everything that was opened. */
  close(): Promise<void>;
}

interface ShopOptions {
  readonly config: Config;
  /** Where the embedded subgraphs keep their data. */
  readonly mongoUri: string | null;
  readonly log: Logger;
  readonly onFetch?: (record: FetchRecord) => void;
}

/** What the gateway reaches, and how. */
interface Topology {
  readonly transport: Transport;
  readonly routes: HttpRoutes;
  readonly subgraphs: readonly RunningSubgraph[];
  close(): Promise<void>;
}

const SCHEMAS = `${import.meta.dirname}/../schema`;

/** Who asks the shop something. */
interface ShopCaller extends Caller {
  readonly identity: Identity;
  readonly context: RequestContext;
  readonly session: Session;
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, accept-language, x-country, x-currency, x-company-id, x-request-id',
  'access-control-expose-headers': 'x-request-id',
  'access-control-max-age': '86400',
};

/** Where secrets are tried: whoever counts requests must not be shown one for many of these. */
const SENSITIVE_FIELDS = ['Mutation.userLogin', 'Mutation.tokenRefresh', 'Mutation.passwordChange', 'Mutation.cartCouponApply', 'Query.guestOrder'];

/** Who pays for a request: an account, a guest's session, a client, or the network of somebody who is none of them. */
const payerOf = ({ identity, context }: ShopCaller): string => (identity.subject === null ? `address:${networkOf(context.ip)}` : principalOf(identity));

function shopFront(config: Config, { texts }: Contracts, log: Logger): Front<ShopCaller> {
  const keys = signingKeysOf(config);
  const verifier = tokenVerifier(keys);
  const content = { title: 'Tradegraph', firstQuery: FIRST_QUERY };
  return createFront({
    bodyLimit: config.BODY_LIMIT,
    callerOf: async (request, _response, requestId) => ({
      requestId,
      identity: await identityOf(request.headers, verifier),
      context: requestContextOf(request.headers, requestId, clientAddress(request, config.TRUSTED_PROXIES)),
      session: new Map(),
    }),
    unfitValue,
    corsOf: () => CORS,
    landing: landing(content),
    pages: {
      ...explorerRoutes(content),
      '/.well-known/jwks.json': (_request, response) => sendJson(response, 200, { keys: publicKeysOf(keys) }),
      ...Object.fromEntries(
        Object.entries(texts).map(([name, text]): [string, HttpHandler] => [`/schema/${name}.graphql`, (_request, response) => sendText(response, 200, text)]),
      ),
    },
    log,
  });
}

/** Asks a subgraph for the caller, and as one of one client request's. */
async function ask(transport: Transport, subgraph: string, call: SubgraphCall, { identity, context, session }: ShopCaller): Promise<FormattedExecutionResult> {
  try {
    return await transport.send(subgraph, { ...call, identity, context, caller: 'gateway', session });
  } catch (error) {
    throw new GraphQLError('A part of the shop does not answer at the moment; please retry.', {
      originalError: error instanceof Error ? error : new Error(String(error)),
      extensions: { code: error instanceof SubgraphUnavailableError ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR', retryable: true },
    });
  }
}

/** The one place where the gateway and the subgraphs are put together: listens first, so that it can say it is starting. */
export async function startShop({ config: given, mongoUri, log, onFetch }: ShopOptions): Promise<Shop> {
  const contracts = loadContracts(SCHEMAS);
  const front = shopFront(given, contracts, log);
  const listening = await listen(front.handle, given.HOST, given.PORT);
  // With PORT=0 the address is known only now.
  const config: Config = given.PORT === 0 && !given.PUBLIC_URL ? { ...given, publicUrl: `http://${given.HOST}:${listening.port}` } : given;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const topology = config.TOPOLOGY === 'embedded' ? await embed(config, mongoUri, log, onFetch) : connect(config);
    opened.push(topology);
    const gateway = createGateway<ShopCaller>({
      supergraphSdl: readFileSync(`${SCHEMAS}/supergraph.graphql`, 'utf8'),
      send: (subgraph, call, caller) => ask(topology.transport, subgraph, call, caller),
      schemaFor: ({ identity: { contract } }) => ({ name: contract, schema: contracts.schemas[contract] }),
      limits: limitsOf(config),
      sensitiveFields: SENSITIVE_FIELDS,
      budget: { pointsPerSecond: config.RATE_LIMIT_POINTS_PER_SECOND, principalOf: payerOf },
      isIntrospectable: config.INTROSPECTION,
      log,
    });
    opened.push(gateway);
    gateway.warmUp().catch((error: unknown) => log.error({ reason: String(error) }, 'no process to plan in could be started'));
    front.open(gateway, topology.routes);
    return {
      url: `http://${config.HOST}:${listening.port}`,
      config,
      subgraphs: topology.subgraphs,
      close: async () => {
        front.drain();
        await listening.close();
        await closeAll(opened);
      },
    };
  } catch (error) {
    await closeAll([...opened, listening]);
    throw error;
  }
}

const closeAll = async (opened: readonly (Listening | { close(): Promise<void> })[]) => {
  for (const { close } of [...opened].reverse()) await close();
};

/** All five in this process, each with its own database. */
async function embed(config: Config, mongoUri: string | null, log: Logger, onFetch: ShopOptions['onFetch']): Promise<Topology> {
  if (mongoUri === null) throw new Error('embedded subgraphs need a MongoDB');
  const engines = new Map<string, Engine>();
  const transport = embeddedTransport(engines);
  const started = await Promise.all(
    modules.map((module) => startSubgraph(module, { mongoUri, config, transport, subscribers: subscribersOf(modules), log, ...(onFetch && { onFetch }) })),
  );
  for (const subgraph of started) engines.set(subgraph.name, subgraph);
  return {
    transport,
    routes: Object.assign({}, ...started.map(({ routes }) => routes)),
    subgraphs: started,
    close: async () => {
      // Timers and relays first: they ask siblings, who must still be there.
      await Promise.all(started.flatMap(({ jobs, relay }) => [jobs.stop(), relay.stop()]));
      await Promise.all(started.map((subgraph) => subgraph.close()));
    },
  };
}

/** All five over HTTP, where configuration says they are. */
function connect(config: Config): Topology {
  const transport = httpTransport(config.subgraphUrls, internalAuth(config.INTERNAL_AUTH_KEYS));
  const origins = Object.fromEntries(modules.flatMap(({ name, httpPrefixes = [] }) => httpPrefixes.map((prefix) => [prefix, config.subgraphUrls[name] ?? ''])));
  const forwarded = forwarding(origins);
  return {
    transport,
    routes: forwarded.routes,
    subgraphs: [],
    close: async () => {
      await forwarded.close();
      await transport.close();
    },
  };
}
