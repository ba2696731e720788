import type { Fetch } from './fetches.ts';
import type { Run, Step } from './run.ts';

/** One fetch of a plan, and what must have been carried out before it. */
export interface Task {
  readonly after: readonly Task[];
  readonly carryOut: Step;
  /** What may go into one call with others; null for what goes by itself. */
  readonly mergeable: Fetch | null;
}

/** Carries out those fetches of a gathering that are ready. */
export type CarryOutFetches = (run: Run, ready: readonly Fetch[]) => Promise<void>;

interface Place {
  readonly task: Task;
  readonly gathering: Gathering;
  readonly waitsFor: number;
  /** Those who wait for it. */
  readonly next: Place[];
}

/** Tasks that one call can carry out. */
interface Gathering {
  readonly size: number;
  readonly carryOut: CarryOutFetches;
}

/**
 * Carries tasks out with as few calls as the longest way through them allows: what asks one subgraph at the same distance
 * from the start is asked for together, and what nobody waits for waits itself where such a call is still to come. Each
 * task comes behind those that it is `after`.
 */
export function compileSchedule(tasks: readonly Task[], merge: (fetches: readonly Fetch[]) => CarryOutFetches): Step {
  const [first, ...others] = tasks;
  if (!first) return async () => {};
  if (others.length === 0) return first.carryOut;
  const places = placesOf(tasks, merge);
  return (run) => carryOut(places, run);
}

function placesOf(tasks: readonly Task[], merge: (fetches: readonly Fetch[]) => CarryOutFetches): readonly Place[] {
  const levels = levelsOf(tasks);
  const places = new Map<Task, Place>();
  for (const together of Map.groupBy(tasks, (task) => (task.mergeable ? `${levels.get(task)} ${task.mergeable.subgraph}` : task)).values()) {
    const [first] = together;
    const isAlone = first && together.length === 1;
    const gathering: Gathering = { size: together.length, carryOut: isAlone ? first.carryOut : merge(together.flatMap(({ mergeable }) => mergeable ?? [])) };
    for (const task of together) places.set(task, { task, gathering, waitsFor: new Set(task.after).size, next: [] });
  }
  for (const [task, place] of places) for (const before of new Set(task.after)) places.get(before)?.next.push(place);
  return [...places.values()];
}

/** How many calls each task comes behind. */
function levelsOf(tasks: readonly Task[]): ReadonlyMap<Task, number> {
  const earliest = new Map<Task, number>();
  const latest = new Map<Task, number>();
  for (const task of tasks) earliest.set(task, 1 + Math.max(-1, ...task.after.map((before) => earliest.get(before) ?? 0)));
  const end = Math.max(...earliest.values());
  for (const task of tasks) latest.set(task, end);
  for (const task of tasks) for (const before of task.after) latest.set(before, Math.min(latest.get(before) ?? end, (earliest.get(task) ?? 0) - 1));
  return new Map(
    tasks.map((task) => {
      const [from = 0, to = end] = [earliest.get(task), latest.get(task)];
      const sought = tasks.filter(({ mergeable }) => mergeable && mergeable.subgraph === task.mergeable?.subgraph).map((other) => earliest.get(other) ?? 0);
      return [task, Math.max(from, ...sought.filter((level) => level <= to))];
    }),
  );
}

/** How long what is ready waits for others that are to go with it: so long, and again as long as it took until then. */
const PATIENCE_MS = 10;

/** Those of a gathering that are ready, and how many are not. */
interface Waiting {
  readonly ready: Place[];
  missing: number;
  timer: NodeJS.Timeout | null;
}

function carryOut(places: readonly Place[], run: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = Date.now();
    const open = new Map(places.map((place) => [place, place.waitsFor]));
    const waitings = new Map<Gathering, Waiting>();

    const finish = (done: readonly Place[]): void => {
      for (const place of done) {
        open.delete(place);
        for (const next of place.next) {
          const count = (open.get(next) ?? 0) - 1;
          open.set(next, count);
          if (count === 0) join(next);
        }
      }
      if (open.size === 0) resolve();
    };

    const go = (gathering: Gathering, together: readonly Place[]): void => {
      const fetches = together.flatMap(({ task }) => task.mergeable ?? []);
      gathering.carryOut(run, fetches).then(() => finish(together), reject);
    };

    const goWaiting = (gathering: Gathering, waiting: Waiting): void => {
      if (waiting.timer) clearTimeout(waiting.timer);
      waiting.timer = null;
      go(gathering, waiting.ready.splice(0));
    };

    const join = (place: Place): void => {
      const { gathering } = place;
      if (gathering.size === 1) return go(gathering, [place]);
      const waiting = waitings.get(gathering) ?? { ready: [], missing: gathering.size, timer: null };
      waitings.set(gathering, waiting);
      waiting.ready.push(place);
      waiting.missing -= 1;
      if (waiting.missing === 0) goWaiting(gathering, waiting);
      else waiting.timer ??= setTimeout(() => goWaiting(gathering, waiting), PATIENCE_MS + Date.now() - startedAt);
    };

    for (const place of places) if (place.waitsFor === 0) join(place);
  });
}
