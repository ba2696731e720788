import { readFileSync } from 'node:fs';
import { subgraphs as modules, subscribersOf } from '#subgraphs';
import { type Config, signingKeysOf } from '#platform/config.ts';
import { forwarding } from '#platform/forward.ts';
import { type HttpRoutes, type Listening, listen } from '#platform/http.ts';
import { internalAuth } from '#platform/internal-auth.ts';
import type { Logger } from '#platform/logger.ts';
import { type FetchRecord, type RunningSubgraph, startSubgraph } from '#platform/subgraph.ts';
import { publicKeysOf, tokenVerifier } from '#platform/tokens.ts';
import { type Engine, embeddedTransport, httpTransport, type Transport } from '#platform/transport.ts';
import { loadContracts } from './contracts.ts';
import { createFront } from './front.ts';
import { createGateway } from './gateway.ts';

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

/** The one place where the gateway and the subgraphs are put together: listens first, so that it can say it is starting. */
export async function startShop({ config: given, mongoUri, log, onFetch }: ShopOptions): Promise<Shop> {
  const keys = signingKeysOf(given);
  const contracts = loadContracts(SCHEMAS);
  const front = createFront({ config: given, verifier: tokenVerifier(keys), publicKeys: publicKeysOf(keys), contractTexts: contracts.texts, log });
  const listening = await listen(front.handle, given.HOST, given.PORT);
  // With PORT=0 the address is known only now.
  const config: Config = given.PORT === 0 && !given.PUBLIC_URL ? { ...given, publicUrl: `http://${given.HOST}:${listening.port}` } : given;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const topology = config.TOPOLOGY === 'embedded' ? await embed(config, mongoUri, log, onFetch) : connect(config);
    opened.push(topology);
    const gateway = createGateway({
      supergraphSdl: readFileSync(`${SCHEMAS}/supergraph.graphql`, 'utf8'),
      transport: topology.transport,
      schemas: contracts.schemas,
      isIntrospectable: config.INTROSPECTION,
      log,
    });
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
