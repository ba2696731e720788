import { DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES, operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
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
  const build = (text: string) => Supergraph.build(parse(text, { noLocation: true }), OPTIONS);
  const supergraph = build(sdl);
  const apiSchema = (isExtended ? build(supergraphSdl) : supergraph).apiSchema();
  const queryPlanner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true, debug: PLANNER_LIMITS });
  return {
    plan: (document, operationName, overrides = []) => {
      const operation = operationFromDocument(apiSchema, document, operationName === null ? {} : { operationName });
      try {
        return queryPlanner.buildQueryPlan(operation, { overrideConditions: new Map(overrides.map((label) => [label, true])) });
      } catch (error) {
        throw planningRefusal(error) ?? unplannable(error);
      }
    },
    apiSchema: apiSchema.toGraphQLJSSchema(),
    ground: { ...ground, conditions: typeConditions(supergraph.schema.toGraphQLJSSchema()) },
    reservedKeys,
    overrideLabels,
  };
}

/** Not every composition looks as closely as the planner at whether all can be reached from everywhere. */
const unplannable = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError('No subgraph can answer a part of this operation from where it stands.', {
        originalError: error instanceof Error ? error : new Error(String(error)),
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      });
