import { QueryPlanner } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { PLANNER_LIMITS } from '../planning.ts';
import { buildSupergraph } from '../plans/graph-planner.ts';
import type { Plans, PlansFor } from '../plans/plans.ts';
import { plannable } from '../supergraph/plannable.ts';
import type { PlanGround } from './plan-reading.ts';
import { typeConditions } from './type-conditions.ts';

export interface Planner {
  readonly plans: Plans;
  /** What clients can see. */
  readonly apiSchema: GraphQLSchema;
  readonly ground: PlanGround;
  readonly reservedKeys: ReadonlySet<string>;
  readonly overrideLabels: readonly string[];
}

/** Built once for a supergraph. */
export function createPlanner(supergraphSdl: string, plansFor: PlansFor): Planner {
  const { sdl, isExtended, reservedKeys, overrideLabels, ...ground } = plannable(supergraphSdl);
  const supergraph = buildSupergraph(sdl);
  const apiSchema = (isExtended ? buildSupergraph(supergraphSdl) : supergraph).apiSchema();
  refuseUnplannable(supergraph);
  return {
    plans: plansFor({ sdl, clientSdl: isExtended ? supergraphSdl : sdl, plannerLimits: PLANNER_LIMITS }),
    apiSchema: apiSchema.toGraphQLJSSchema(),
    ground: { ...ground, conditions: typeConditions(supergraph.schema.toGraphQLJSSchema()) },
    reservedKeys,
    overrideLabels,
  };
}

/** Plans are made elsewhere, but a supergraph for which there can be none is not to be served. */
const refuseUnplannable = (supergraph: ConstructorParameters<typeof QueryPlanner>[0]): void => void new QueryPlanner(supergraph);
