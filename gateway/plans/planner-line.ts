import { GraphQLError } from 'graphql';
import type { Limits } from '../limits.ts';
import type { PlannerAnswer } from './messages.ts';
import { type PlannerChild, startPlannerChild } from './planner-child.ts';
import type { PlannedGraph, PlanRequest } from './plans.ts';
import { createWaiting } from './waiting.ts';

/** Where operations stand in line for a process that plans them, one after another. */
export interface PlannerLine {
  ask(request: PlanRequest, payer: string): Promise<PlannerAnswer>;
  /** Starts the process if there is none, and waits until it is ready. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

interface Job {
  readonly request: PlanRequest;
  /** Until when somebody waits for its turn. */
  readonly until: number;
  resolve(answer: PlannerAnswer): void;
  reject(error: unknown): void;
}

const MOST_WAITING = 200;
const MOST_WAITING_OF_ONE = 30;
const MOST_WAITING_MS = 30_000;

/** `idleMs`: how long the process stays without anything to plan. */
export function createPlannerLine(graph: PlannedGraph, limits: Limits, idleMs: number): PlannerLine {
  const waiting = createWaiting<Job>();
  const children = new Set<PlannerChild>();
  let current: PlannerChild | null = null;
  let isWorking = false;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;

  function running(): PlannerChild {
    if (current && !current.isOver) return current;
    const child = startPlannerChild(graph, limits);
    current = child;
    children.add(child);
    void child.ended.then(() => children.delete(child));
    return child;
  }

  function rest(): void {
    clearTimeout(idle);
    if (!isClosed) idle = setTimeout(() => void current?.end(), idleMs).unref();
  }

  async function work(): Promise<void> {
    isWorking = true;
    clearTimeout(idle);
    for (let job = waiting.take(); job; job = waiting.take()) {
      try {
        if (isClosed || job.until < performance.now()) throw busy();
        job.resolve(await running().ask(job.request));
      } catch (error) {
        job.reject(error);
      }
    }
    isWorking = false;
    rest();
  }

  return {
    ask: (request, payer) =>
      new Promise((resolve, reject) => {
        if (isClosed || waiting.size >= MOST_WAITING) throw busy();
        if (waiting.countOf(payer) >= MOST_WAITING_OF_ONE) throw crowding();
        waiting.add(payer, { request, until: performance.now() + MOST_WAITING_MS, resolve, reject });
        if (!isWorking) void work();
      }),
    warmUp: async () => {
      if (isClosed || isWorking) return;
      const child = running();
      rest();
      await child.ready;
    },
    close: async () => {
      isClosed = true;
      clearTimeout(idle);
      await Promise.all([...children].map((child) => child.end()));
    },
  };
}

const busy = () =>
  new GraphQLError('More new operations have come than can be planned at the moment; please retry.', {
    extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterSeconds: 1 },
  });

const crowding = () =>
  new GraphQLError(`At most ${MOST_WAITING_OF_ONE} operations of one caller wait to be planned; read the answers first.`, {
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1, exceeded: 'waitingPlans', limit: MOST_WAITING_OF_ONE },
  });
