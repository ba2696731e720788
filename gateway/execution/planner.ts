import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { PLANNER_LIMITS, planningRefusal } from '../planning.ts';
import { plannable } from '../supergraph/plannable.ts';
import type { PlanGround } from './plan-reading.ts';
import { typeConditions } from './type-conditions.ts';

export interface Planner {
  /** `overrides`: the labels of progressive overrides that are in force. */
  plan(document: DocumentNode, operationName: string | null, overrides?: readonly string[]): QueryPlan;
  /** What clients can see. */
  readonly apiSchema: GraphQLSchema;
  readonly ground: PlanGround;
  readonly reservedKeys: ReadonlySet<string>;
  readonly overrideLabels: readonly string[];
}

const OPTIONS = {
  validateSupergraph: false,
  supportedFeatures: new Set([...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, 'https://specs.apollo.dev/context/v0.1']),
};

/** Built once for a supergraph; planning itself is synchronous and, for large operations, slow. */
export function createPlanner(supergraphSdl: string): Planner {
  const { sdl, isExtended, reservedKeys, overrideLabels, ...ground } = plannable(supergraphSdl);
  const supergraph = Supergraph.build(sdl, OPTIONS);
  const apiSchema = (isExtended ? Supergraph.build(supergraphSdl, OPTIONS) : supergraph).apiSchema();
  const queryPlanner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true, debug: PLANNER_LIMITS });
  return {
    plan: (document, operationName, overrides = []) => {
      const operation = operationFromDocument(apiSchema, document, operationName === null ? {} : { operationName });
      try {
        return queryPlanner.buildQueryPlan(operation, { overrideConditions: new Map(overrides.map((label) => [label, true])) });
      } catch (error) {
        throw planningRefusal(error) ?? error;
      }
    },
    apiSchema: apiSchema.toGraphQLJSSchema(),
    ground: { ...ground, conditions: typeConditions(supergraph.schema.toGraphQLJSSchema()) },
    reservedKeys,
    overrideLabels,
  };
}
