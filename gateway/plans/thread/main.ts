import { parentPort } from 'node:worker_threads';
import { createGraphPlanner, type GraphPlanner } from '../graph-planner.ts';
import { type FromPlanner, lineOf, type ToPlanner } from '../messages.ts';

/** Where planning happens: nothing else does here, so that it may take as long as it is let. */
const say = (message: FromPlanner): void => parentPort?.postMessage(message);
/** Thirty times as much as the largest plans have: whoever asked reads them between requests. */
const MOST_CHARACTERS = 4_000_000;
let planner: GraphPlanner | null = null;

parentPort?.on('message', (told: string) => {
  const message: ToPlanner = JSON.parse(told);
  if ('graph' in message) {
    planner = createGraphPlanner(message.graph);
    say({ line: lineOf({ isReady: true }) });
    return;
  }
  const { id, request } = message;
  say({ started: id });
  const startedAt = performance.now();
  if (!planner) return;
  const planned = planner(request);
  const answer = { id, ms: performance.now() - startedAt, ...planned };
  const line = lineOf(answer);
  say({ line: line.length > MOST_CHARACTERS ? lineOf({ id, ms: answer.ms, refused: 'planning' }) : line });
});
