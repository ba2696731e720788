import { createHash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { type DocumentNode, type FormattedExecutionResult, GraphQLError, type GraphQLSchema, Kind, parse } from 'graphql';
import type { Logger } from '#platform/logger.ts';
import { createExecutor } from '../executor.ts';
import type { Ask } from './subgraph.ts';
import type { RandomOperation } from './random-operations.ts';
import type { SubgraphSdls } from './supergraphs.ts';

export interface Outcome {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: { readonly valueCompletion?: readonly GraphQLError[] };
}

export interface BothExecutors {
  readonly apiSchema: GraphQLSchema;
  /** What was sent to subgraphs since the last look, and what came back. */
  calls(): readonly Call[];
  stock(operation: RandomOperation): Promise<Outcome>;
  own(operation: RandomOperation): Promise<Outcome>;
}

export interface Call {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly answer: FormattedExecutionResult;
}

interface Options {
  /** As over HTTP: answers arrive as plain objects that came out of JSON. */
  readonly isOverHttp?: boolean;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function compose(sdls: SubgraphSdls): string {
  const { supergraphSdl, errors } = composeServices(Object.entries(sdls).map(([name, sdl]) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })));
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** Apollo's gateway and our executor over the same subgraphs. */
export async function bothExecutors(
  sdls: SubgraphSdls,
  subgraphs: Readonly<Record<string, Ask>>,
  { isOverHttp = false }: Options = {},
): Promise<BothExecutors> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  const supergraphSdl = compose(sdls);
  let calls: Call[] = [];
  const documents = new Map<string, DocumentNode>();
  const documentOf = (query: string): DocumentNode => {
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    return document;
  };
  const send = async (
    subgraph: string,
    call: { query: string; variables: Readonly<Record<string, unknown>>; operationName?: string | undefined },
  ): Promise<FormattedExecutionResult> => {
    const ask = subgraphs[subgraph] ?? (() => Promise.reject(new Error(`no subgraph ${subgraph}`)));
    const answer = await ask({ document: documentOf(call.query), variables: call.variables, operationName: call.operationName });
    calls.push({ subgraph, query: call.query, variables: structuredClone(call.variables), answer: structuredClone(answer) });
    return isOverHttp ? JSON.parse(JSON.stringify(answer)) : answer;
  };
  const apollo = new ApolloGateway({
    supergraphSdl,
    logger: silent,
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
    buildService: ({ name }) => ({
      process: ({ request }) =>
        send(name, { query: request.query ?? '', variables: request.variables ?? {}, operationName: request.operationName ?? undefined }) as never,
    }),
  });
  const { schema: apiSchema, executor } = await apollo.load();
  const own = createExecutor({ supergraphSdl, send, log: silent as unknown as Logger });
  return {
    apiSchema,
    calls: () => {
      const made = calls;
      calls = [];
      return made;
    },
    stock: async (operation) => {
      const { document, hash, definition } = prepared(operation);
      const request = {
        document,
        operation: definition,
        operationName: null,
        queryHash: hash,
        source: operation.query,
        schema: apiSchema,
        context: {},
        logger: silent,
        metrics: {},
      };
      return executor({ ...request, request: { query: operation.query, variables: { ...operation.variables } } } as never) as Promise<Outcome>;
    },
    own: async (operation) => {
      const { document, hash, definition } = prepared(operation);
      return own.execute({ document, operation: definition, operationName: null, hash, variables: operation.variables }, {}) as Promise<Outcome>;
    },
  };
}

function prepared({ query }: RandomOperation) {
  const document = parse(query);
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!definition) throw new GraphQLError('no operation');
  return { document, definition, hash: createHash('sha256').update(query).digest('hex') };
}
