import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Limits } from '../limits.ts';
import { lineOf, onWholeLines, type PlannerAnswer, type PlannerLine, type ToPlanner, writeLimits } from './messages.ts';
import type { PlannedGraph, PlanRequest } from './plans.ts';

/** A process that plans for one supergraph, one operation after another. */
export interface PlannerChild {
  /** Whether it can be asked anything more. */
  readonly isOver: boolean;
  /** Settles when it has read the supergraph, or has ended. */
  readonly ready: Promise<void>;
  /** Rejects with a `PlannerEnded` where the process ends first. */
  ask(request: PlanRequest): Promise<PlannerAnswer>;
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

export class PlannerEnded extends Error {}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** A fifth less memory than without, for as much time. */
const FRUGAL = ['--single-threaded-gc', '--optimize-for-size', '--heap-growing-percent=40'];
/** What the planner makes of a supergraph, for each character of it; measured, and doubled twice. */
const BYTES_PER_CHARACTER = 300;
/** V8 ends a process that cannot get more memory in this way. */
const OUT_OF_MEMORY = 'SIGABRT';
/** The process counts the time it gets of a processor. Where it gets hardly any, it is given up after this. */
const STARVED_MS = 60_000;
const MAX_SAID = 2_000;

export function startPlannerChild(graph: PlannedGraph, { planningMs, planningMb }: Limits): PlannerChild {
  const memoryMb = planningMb + Math.ceil(((graph.sdl.length + graph.clientSdl.length) * BYTES_PER_CHARACTER) / 2 ** 20);
  // With a group of its own, so that Ctrl-C lets what is under way finish; it ends with its input.
  const options = { env: {}, detached: true, stdio: 'pipe' } as const;
  const child = spawn(process.execPath, [...FRUGAL, MAIN, ...writeLimits({ planningMs, memoryMb })], options);
  const hold = holdOf(child);
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let underWay: { readonly id: number; resolve(answer: PlannerAnswer): void; reject(error: Error): void } | null = null;
  let lastId = 0;
  let isReady = false;
  let isOver = false;
  let said = '';

  function hear(answer: PlannerLine): void {
    if ('isReady' in answer) {
      isReady = true;
      return ready.resolve();
    }
    if (answer.id !== underWay?.id) return;
    const { resolve } = underWay;
    underWay = null;
    // It ends itself then.
    if ('refused' in answer && answer.refused !== 'planning') isOver = true;
    resolve(answer);
  }

  function lose(reason: string, signal: NodeJS.Signals | null): void {
    isOver = true;
    // Before, it is the supergraph for which there is no room.
    if (signal === OUT_OF_MEMORY && isReady) hear({ id: lastId, ms: planningMs, refused: 'planningMb' });
    else underWay?.reject(new PlannerEnded(`${reason} ${said}`.trim()));
    ready.resolve();
    ended.resolve();
  }

  const tell = (message: ToPlanner): void => void child.stdin.write(lineOf(message));
  // That it is gone is told by its end.
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-MAX_SAID);
  });
  onWholeLines(child.stdout, (line) => hear(JSON.parse(line)));
  child.once('error', (error) => lose(error.message, null));
  // Not 'exit': all that it said has been heard by then.
  child.once('close', (code, signal) => lose(`it ended with ${signal ?? `code ${code}`}`, signal));
  tell({ graph });
  void hold(ready.promise);

  return {
    get isOver() {
      return isOver;
    },
    ready: ready.promise,
    ended: ended.promise,
    ask: async (request) => {
      const starving = setTimeout(() => child.kill('SIGKILL'), STARVED_MS);
      const asked = new Promise<PlannerAnswer>((resolve, reject) => {
        underWay = { id: ++lastId, resolve, reject };
        tell({ id: lastId, request });
      });
      return hold(asked).finally(() => clearTimeout(starving));
    },
    end: () => {
      isOver = true;
      child.kill('SIGKILL');
      return hold(ended.promise);
    },
  };
}

/** Keeps this process from ending before something is settled; otherwise it may end while the other is there. */
function holdOf(child: ChildProcess): <T>(until: Promise<T>) => Promise<T> {
  const streams = [child.stdin, child.stdout, child.stderr].filter((stream) => stream instanceof Socket);
  let holding = 0;
  return async (until) => {
    holding += 1;
    for (const one of [child, ...streams]) one.ref();
    try {
      return await until;
    } finally {
      holding -= 1;
      if (holding === 0) for (const one of [child, ...streams]) one.unref();
    }
  };
}
