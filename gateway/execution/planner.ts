import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { typeConditions, type TypeConditions } from './type-conditions.ts';

export interface Planner {
  plan(document: DocumentNode, operationName: string | null): QueryPlan;
  /** What clients can see. */
  readonly apiSchema: GraphQLSchema;
  /** Over the whole supergraph, with what clients cannot see: plans speak of that too. */
  readonly conditions: TypeConditions;
}

/** Built once for a supergraph; planning itself is synchronous and, for large operations, slow. */
export function createPlanner(supergraphSdl: string): Planner {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  const apiSchema = supergraph.apiSchema();
  const queryPlanner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true });
  return {
    plan: (document, operationName) => queryPlanner.buildQueryPlan(operationFromDocument(apiSchema, document, operationName === null ? {} : { operationName })),
    apiSchema: apiSchema.toGraphQLJSSchema(),
    conditions: typeConditions(supergraph.schema.toGraphQLJSSchema()),
  };
}
