import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, GraphQLError, print } from 'graphql';
import { exceeded, type Limits } from '../limits.ts';
import { PLANNER_LIMITS, PlanningRefusal } from '../planning.ts';

/** A supergraph as the planner is given it. */
export interface PlannedGraph {
  readonly sdl: string;
  /** The one that clients' operations are written against, where it is another. */
  readonly clientSdl: string;
  /** What the planner itself may try; null leaves that to it. */
  readonly plannerLimits: typeof PLANNER_LIMITS | null;
}

export interface PlanRequest {
  readonly document: string;
  readonly operationName: string | null;
  /** The labels of progressive overrides that are in force. */
  readonly overrides: readonly string[];
}

/** The planner's own limits, time, memory. */
type PlanningLimit = 'planning' | 'planningMs' | 'planningMb';

/** What came of planning, in a form that crosses from one process to another. */
export type Planned =
  | { readonly plan: QueryPlan }
  /** Which limit it took more than. */
  | { readonly refused: PlanningLimit }
  /** `isForClients`: an error in words for clients; else how the planner failed. */
  | { readonly failed: { readonly message: string; readonly stack: string; readonly isForClients: boolean } };

/** Makes plans for one supergraph. */
export interface Plans {
  /** `payer`: for whom; callers take turns where several wait. */
  plan(document: DocumentNode, operationName: string | null, overrides: readonly string[], payer: string): Promise<QueryPlan>;
  /** Gets ready, so that the first plan does not wait for that. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

export type PlansFor = (graph: PlannedGraph) => Plans;

export const requestOf = (document: DocumentNode, operationName: string | null, overrides: readonly string[]): PlanRequest => ({
  document: print(document),
  operationName,
  overrides,
});

/** The plan, or what is thrown instead of it. */
export function planOf(planned: Planned, limits: Limits): QueryPlan {
  if ('plan' in planned) return planned.plan;
  if ('refused' in planned) throw refusalOf(planned.refused, limits);
  const { message, stack, isForClients } = planned.failed;
  if (isForClients) throw new GraphQLError(message);
  // Not every composition looks as closely as the planner at whether all can be reached from everywhere.
  throw new GraphQLError('No subgraph can answer a part of this operation from where it stands.', {
    originalError: Object.assign(new Error(message), { stack }),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
}

function refusalOf(limit: PlanningLimit, limits: Limits): PlanningRefusal {
  if (limit === 'planning') {
    return new PlanningRefusal('The operation can be carried out in more ways than the planner may look at; ask for less at once, or of fewer types.', {
      exceeded: limit,
      limit: PLANNER_LIMITS.pathsLimit,
    });
  }
  const { message, extensions } = exceeded(limits, limit, limits[limit], { atLeast: true });
  return new PlanningRefusal(message, extensions, limits.planningMs);
}
