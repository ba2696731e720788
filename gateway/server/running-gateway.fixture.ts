import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Logger } from '#platform/logger.ts';
import { serveAll, type Served, type SubgraphDefinitions } from './four-subgraphs.fixture.ts';
import { type GatewayServer, startGatewayServer } from './server.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read answers of any shape.
  readonly data: any;
  readonly errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

interface Asking {
  readonly variables?: object;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface RunningGateway extends AsyncDisposable, Served {
  readonly gateway: GatewayServer;
  readonly files: { readonly supergraph: string; readonly config: string };
  /** What was logged, for whoever reads logs. */
  readonly logged: string[];
  ask(query: string, asking?: Asking): Promise<Answered>;
}

const EVERY_MS = 30;

/** Subgraphs over HTTP and a gateway before them, in this process, with files of their own. */
export async function runGateway(definitions: SubgraphDefinitions, config: object = {}, environment: Record<string, string> = {}): Promise<RunningGateway> {
  const served = await serveAll(definitions);
  const folder = await mkdtemp(`${tmpdir()}/gateway-`);
  const files = { supergraph: `${folder}/supergraph.graphql`, config: `${folder}/gateway.json` };
  await writeFile(files.supergraph, served.supergraphSdl);
  await writeFile(files.config, JSON.stringify({ reloadMs: EVERY_MS, ...config }));
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Logger = { debug: () => {}, info: note, warn: note, error: note, child: () => log };
  const close = async () => {
    await served[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
  const gateway = await startGatewayServer({ ...files, host: '127.0.0.1', port: 0, environment, log }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...served,
    gateway,
    files,
    logged,
    ask: (query, asking = {}) => askGateway(gateway.url, query, asking),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await close();
    },
  };
}

export async function askGateway(url: string, query: string, { variables, headers, signal }: Asking = {}): Promise<Answered> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: signal ?? null,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, ...JSON.parse(text) };
}
