import { createRequire } from 'node:module';
import { type Schema, Supergraph } from '@apollo/federation-internals';
import type { QueryPlan } from '@apollo/query-planner';
import {
  type FragmentDefinitionNode,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { fragmentsOf } from '#platform/selections.ts';
import type { ClientOperation, Executed, Executor, ExecutorOptions } from './execution/executor.ts';
import { createKept, workedOutOnce } from './kept.ts';
import { countFieldsOf } from './measure.ts';
import { plansHere } from './plans/graph-planner.ts';

/** As much of what Apollo's gateway exports as is used here. */
interface Stock {
  executeQueryPlan(
    plan: QueryPlan,
    services: Readonly<Record<string, { process(options: { request: StockRequest }): Promise<FormattedExecutionResult> }>>,
    requestContext: { readonly request: Pick<StockRequest, 'variables'>; readonly context: object; readonly metrics: object },
    operationContext: {
      readonly schema: GraphQLSchema;
      readonly operation: OperationDefinitionNode;
      readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
    },
    supergraphSchema: GraphQLSchema,
    apiSchema: Schema,
  ): Promise<{
    readonly data?: Executed['data'];
    readonly errors?: readonly GraphQLError[];
    readonly extensions?: { readonly valueCompletion?: readonly GraphQLError[] };
  }>;
}

interface StockRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** So many fields of operations are kept planned. */
const KEPT_FIELDS = 100_000;

/**
 * Apollo's own planner and executor as they come, to fall back on; loaded only where they are asked for. A supergraph
 * with @context, which they cannot carry out, is refused as they refuse it.
 */
export function createStockExecutor<Session>(options: ExecutorOptions<Session>): Executor<Session> {
  const { supergraphSdl, send, isOverridden = () => false, plansFor = plansHere, payerOf = () => '' } = options;
  const stock: Stock = createRequire(import.meta.url)('@apollo/gateway/dist/executeQueryPlan.js');
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  const apiSchema = supergraph.apiSchema();
  const [schema, wholeSchema] = [apiSchema.toGraphQLJSSchema(), supergraph.schema.toGraphQLJSSchema()];
  const labels = overrideLabels(supergraph);
  const planner = plansFor({ sdl: supergraphSdl, clientSdl: supergraphSdl, plannerLimits: null });
  const plans = workedOutOnce(createKept<QueryPlan>(KEPT_FIELDS));

  function planOf({ document, operation, operationName, hash }: ClientOperation, session: Session): QueryPlan | Promise<QueryPlan> {
    const overrides = labels.filter((label) => isOverridden(label, session));
    const key = [hash, operationName, ...overrides].join('|');
    return plans(
      key,
      () => countFieldsOf(document, operation),
      () => planner.plan(document, operationName, overrides, payerOf(session)),
    );
  }

  return {
    apiSchema: schema,
    execute: async (request, session) => {
      const { document, operation, variables } = request;
      const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      if (errors) return { errors };
      const services = Object.fromEntries(
        [...supergraph.subgraphs().names()].map((name) => [
          name,
          {
            process: ({ request: { query, variables: given = {}, operationName } }: { request: StockRequest }) =>
              send(name, { query, variables: given, ...(operationName !== undefined && { operationName }) }, session),
          },
        ]),
      );
      const fragments = Object.fromEntries(fragmentsOf(document));
      const answered = await stock.executeQueryPlan(
        await planOf(request, session),
        services,
        { request: { variables }, context: {}, metrics: {} },
        { schema, operation, fragments },
        wholeSchema,
        apiSchema,
      );
      // It keeps to itself what goes up as null through non-null types.
      const told = [...(answered.errors ?? []), ...(answered.extensions?.valueCompletion ?? [])];
      return { data: answered.data ?? null, ...(told.length > 0 && { errors: told }) };
    },
    warmUp: planner.warmUp,
    close: planner.close,
  };
}

function overrideLabels({ schema }: Supergraph): string[] {
  const joinField = schema.directives().find(({ name }) => name === 'join__field');
  const labels = [...(joinField?.applications() ?? [])].map((application) => application.arguments()['overrideLabel']);
  return [...new Set(labels.filter((label) => typeof label === 'string'))];
}
