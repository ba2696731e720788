import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { GraphQLError, parse } from 'graphql';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isPlanningRefusal } from '../planning.ts';
import { type PlannedGraph, type PlanRequest, type Plans, planOf, type Planned, requestOf } from './plans.ts';

const OPTIONS = {
  validateSupergraph: false,
  supportedFeatures: new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, 'https://specs.apollo.dev/context/v0.1']),
};

export const buildSupergraph = (sdl: string): Supergraph => Supergraph.build(parse(sdl, { noLocation: true }), OPTIONS);

export type GraphPlanner = (request: PlanRequest) => Planned;

/** Apollo's planner for one supergraph: synchronous, and for some operations without end. */
export function createGraphPlanner({ sdl, clientSdl, plannerLimits }: PlannedGraph): GraphPlanner {
  const supergraph = buildSupergraph(sdl);
  const clientSchema = (clientSdl === sdl ? supergraph : buildSupergraph(clientSdl)).apiSchema();
  const planner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true, ...(plannerLimits && { debug: plannerLimits }) });
  return ({ document, operationName, overrides }) => {
    try {
      const operation = operationFromDocument(clientSchema, parse(document, { noLocation: true }), operationName === null ? {} : { operationName });
      return { plan: planner.buildQueryPlan(operation, { overrideConditions: new Map(overrides.map((label) => [label, true])) }) };
    } catch (error) {
      return isPlanningRefusal(error) ? { refused: 'planning' } : { failed: failureOf(error) };
    }
  };
}

const failureOf = (error: unknown) => ({
  message: error instanceof Error ? error.message : String(error),
  stack: error instanceof Error ? (error.stack ?? '') : '',
  isForClients: error instanceof GraphQLError,
});

/** Plans where it is called, which waits as long as that takes: for whoever chooses the operations. */
export function plansHere(graph: PlannedGraph): Plans {
  let planner: GraphPlanner | null = null;
  return {
    plan: async (document, operationName, overrides) => {
      planner ??= createGraphPlanner(graph);
      // As it arrives from another process.
      const planned: Planned = JSON.parse(JSON.stringify(planner(requestOf(document, operationName, overrides))));
      return planOf(planned, DEFAULT_LIMITS);
    },
    warmUp: async () => {
      planner ??= createGraphPlanner(graph);
    },
    close: async () => {
      planner = null;
    },
  };
}
