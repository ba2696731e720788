import { type DocumentNode, GraphQLError } from 'graphql';
import type { QueryPlan } from '@apollo/query-planner';
import type { Logger } from '#platform/logger.ts';
import type { Limits } from '../limits.ts';
import { PlanningRefusal } from '../planning.ts';
import type { PlannerAnswer } from './messages.ts';
import { PlannerEnded } from './planner-child.ts';
import { createPlannerLine } from './planner-line.ts';
import { planOf, type PlanRequest, type PlansFor, requestOf } from './plans.ts';
import { createRefusedShapes } from './refused-shapes.ts';

interface Options {
  readonly limits: Limits;
  readonly log: Logger;
  /** How long the process stays without anything to plan. */
  readonly idleMs?: number;
}

const IDLE_MS = 120_000;
const SLOW_PLANNING_MS = 200;

/**
 * Plans in a process of its own, started when it is needed and ended when it is not. An operation that takes too much
 * ends that process, and nothing else; the next one gets another.
 */
export const plansInProcess =
  ({ limits, log, idleMs = IDLE_MS }: Options): PlansFor =>
  (graph) => {
    const refused = createRefusedShapes();
    const line = createPlannerLine(graph, limits, idleMs);

    async function ask(request: PlanRequest, payer: string): Promise<PlannerAnswer> {
      try {
        return await line.ask(request, payer);
      } catch (error) {
        if (!(error instanceof PlannerEnded)) throw error;
        log.error({ reason: error.message }, 'the planning process ended while it planned');
        throw interrupted(error);
      }
    }

    function planOrRefuse(document: DocumentNode, answer: PlannerAnswer): QueryPlan {
      try {
        return planOf(answer, limits);
      } catch (error) {
        if (error instanceof PlanningRefusal) refused.add(document, error);
        throw error;
      }
    }

    return {
      plan: async (document, operationName, overrides, payer) => {
        const known = refused.find(document);
        if (known) throw known;
        const answer = await ask(requestOf(document, operationName, overrides), payer);
        if (answer.ms > SLOW_PLANNING_MS) log.warn({ operation: operationName, ms: Math.round(answer.ms) }, 'an operation was slow to plan');
        return planOrRefuse(document, answer);
      },
      warmUp: line.warmUp,
      close: line.close,
    };
  };

const interrupted = (error: Error) =>
  new GraphQLError('The operation could not be planned at the moment; please retry.', {
    originalError: error,
    extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterSeconds: 1 },
  });
