import { createHash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { ApolloGateway } from '@apollo/gateway';
import {
  buildSchema,
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  parse,
  print,
  printSchema,
} from 'graphql';
import type { Logger } from '#platform/logger.ts';
import { plannable } from '../../supergraph/plannable.ts';
import { createExecutor } from '../executor.ts';
import { plannedOperation } from '../planned-operation.ts';
import type { Ask, SubgraphSdls } from './subgraph.ts';
import type { RandomOperation } from './random-operations.ts';

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
  /** Whether it asks for an object by what is no key of it in that subgraph. */
  readonly isKeyless: boolean;
}

interface Options {
  /** Gives both executors operations and plans without the stock planner's faults, so that only how they are carried out is compared. */
  readonly hasSamePlans?: boolean;
  /** As over HTTP: answers arrive as plain objects that came out of JSON. */
  readonly isOverHttp?: boolean;
  /** Whether our executor asks for the entities of several fetches in one call. */
  readonly isMerging?: boolean;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function compose(sdls: SubgraphSdls): string {
  const { supergraphSdl, errors } = composeServices(Object.entries(sdls).map(([name, sdl]) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })));
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** What clients see of the composed subgraphs, as a schema that may be given resolvers. */
export const apiSchemaOf = (sdls: SubgraphSdls): GraphQLSchema =>
  buildSchema(printSchema(Supergraph.build(compose(sdls), { validateSupergraph: false }).apiSchema().toGraphQLJSSchema()), { assumeValid: true });

/** Apollo's gateway and our executor over the same subgraphs. */
export async function bothExecutors(
  sdls: SubgraphSdls,
  subgraphs: Readonly<Record<string, Ask>>,
  { isOverHttp = false, isMerging = false, hasSamePlans = false }: Options = {},
): Promise<BothExecutors> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  const supergraphSdl = compose(sdls);
  let calls: Call[] = [];
  const { sdl, isExtended, keys, twins } = plannable(supergraphSdl);
  if (hasSamePlans && isExtended) throw new Error('the stock executor cannot carry out the plans of this supergraph');
  const keysOf = (subgraph: string, type: unknown) =>
    [subgraph, ...[...twins].flatMap(([twin, original]) => (original === subgraph ? [twin] : []))].flatMap((name) => keys.get(`${name} ${type}`) ?? []);
  const hasKey = (subgraph: string, sent: Record<string, unknown>) =>
    keysOf(subgraph, sent['__typename']).some((names) => names.every((name) => sent[name] !== undefined));
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
    const asked = representationsIn(call.variables);
    const isKeyless = asked.some((sent) => !hasKey(subgraph, sent));
    calls.push({ subgraph, query: call.query, variables: structuredClone(call.variables), answer: structuredClone(answer), isKeyless });
    return isOverHttp ? JSON.parse(JSON.stringify(answer)) : answer;
  };
  const apollo = new ApolloGateway({
    supergraphSdl: hasSamePlans ? sdl : supergraphSdl,
    logger: silent,
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
    buildService: ({ name }) => ({
      process: ({ request }) =>
        send(name, { query: request.query ?? '', variables: request.variables ?? {}, operationName: request.operationName ?? undefined }) as never,
    }),
  });
  // Only when it is asked for: there are supergraphs that it does not load.
  let loading: ReturnType<typeof apollo.load> | null = null;
  const own = createExecutor({ supergraphSdl, send, isMerging, log: silent as unknown as Logger });
  const { apiSchema } = own;
  const ready = (operation: RandomOperation) => (hasSamePlans ? decided(operation, apiSchema) : prepared(operation));
  return {
    apiSchema,
    calls: () => {
      const made = calls;
      calls = [];
      return made;
    },
    stock: async (operation) => {
      const { document, hash, definition } = ready(operation);
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
      const { executor } = await (loading ??= apollo.load());
      return executor({ ...request, request: { query: operation.query, variables: { ...operation.variables } } } as never) as Promise<Outcome>;
    },
    own: async (operation) => {
      const { document, hash, definition } = ready(operation);
      return own.execute({ document, operation: definition, operationName: null, hash, variables: operation.variables }, {}) as Promise<Outcome>;
    },
  };
}

const representationsIn = (variables: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] =>
  Object.entries(variables).flatMap(([name, value]) => (name.startsWith('representations') && Array.isArray(value) ? value : []));

/** The operation without @skip and @include. */
function decided(given: RandomOperation, schema: GraphQLSchema) {
  const { document, definition } = prepared(given);
  const { coerced = {} } = getVariableValues(schema, definition.variableDefinitions ?? [], given.variables);
  const planned = plannedOperation(document, definition, coerced, new Set()).document;
  return prepared({ ...given, query: planned ? print(planned) : '{ __typename @skip(if: true) }' });
}

function prepared({ query }: RandomOperation) {
  const document = parse(query);
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!definition) throw new GraphQLError('no operation');
  return { document, definition, hash: createHash('sha256').update(query).digest('hex') };
}
