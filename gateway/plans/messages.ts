import type { Planned, PlannedGraph, PlanRequest } from './plans.ts';

/** What a planning process is told, each in a line. */
export type ToPlanner = { readonly graph: PlannedGraph } | { readonly id: number; readonly request: PlanRequest };

/** What the thread that plans says within its process: which request it has begun, and the line that answers it. */
export type FromPlanner = { readonly started: number } | { readonly line: string };

/** What came of a request, and in how many milliseconds. */
export type PlannerAnswer = { readonly id: number; readonly ms: number } & Planned;

/** What a planning process says, each in a line: first that it has read the supergraph. */
export type PlannerLine = { readonly isReady: true } | PlannerAnswer;

/** What planning may take: time of a processor for one operation, and memory of all kinds. */
interface ProcessLimits {
  readonly planningMs: number;
  readonly memoryMb: number;
}

export const lineOf = (message: ToPlanner | PlannerLine): string => `${JSON.stringify(message)}\n`;

export const writeLimits = ({ planningMs, memoryMb }: ProcessLimits): string[] => [String(planningMs), String(memoryMb)];

export function readLimits([planningMs, memoryMb]: readonly string[]): ProcessLimits {
  return { planningMs: Number(planningMs), memoryMb: Number(memoryMb) };
}

/** Hears every line that has an end: the last one may have been cut off with whoever wrote it. */
export function onWholeLines(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
}
