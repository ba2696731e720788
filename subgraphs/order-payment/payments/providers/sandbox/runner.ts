import type { Collection } from 'mongodb';
import { type PaymentDocument, type Task, TASK_LEASE_MS } from './company.ts';

const POLL_MS = 1_000;
/** Timers may fire a moment early, when what they were set for is not due yet. */
const TIMER_SLACK_MS = 5;
const PARALLEL_TASKS = 32;
/** How long a stop waits for deliveries under way before it cuts them off. */
const STOP_GRACE_MS = 1_000;

type RunTask = (reference: string, task: Task, signal: AbortSignal) => Promise<void>;

interface RunnerOptions {
  payments: Collection<PaymentDocument>;
  now: () => Date;
  run: RunTask;
  onError: (error: unknown) => void;
}

/**
 * Works off tasks when they are due. They stand in MongoDB under a lease, so that a killed process loses none: the
 * next one finds them when the lease has run out.
 */
export function createRunner({ payments, now, run, onError }: RunnerOptions) {
  const underWay = new Set<Promise<void>>();
  let cutOff = new AbortController();
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Number.POSITIVE_INFINITY;
  let sweeping: Promise<void> = Promise.resolve();

  function wakeAt(at: number): void {
    if (!running || at >= wakesAt) return;
    clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(wake, Math.max(0, at - now().getTime() + TIMER_SLACK_MS));
  }

  function wake(): void {
    wakesAt = Number.POSITIVE_INFINITY;
    sweeping = sweeping
      .then(sweep)
      .catch(onError)
      .finally(() => wakeAt(now().getTime() + POLL_MS));
  }

  async function sweep(): Promise<void> {
    const capacity = PARALLEL_TASKS - underWay.size;
    if (!running || capacity <= 0) return;
    const at = now();
    const due = await payments
      .find({ 'tasks.dueAt': { $lte: at } }, { projection: { tasks: 1 } })
      .limit(capacity)
      .toArray();
    const tasks = due.flatMap(({ _id, tasks: planned }) => planned.filter(({ dueAt }) => dueAt <= at).map((task) => [_id, task] as const));
    for (const [reference, task] of tasks.slice(0, capacity)) {
      if (await claim(reference, task)) start(reference, task);
    }
    if (tasks.length >= capacity) wakeAt(at.getTime());
  }

  async function claim(reference: string, { id, dueAt }: Task): Promise<boolean> {
    const lease = new Date(now().getTime() + TASK_LEASE_MS);
    const { matchedCount } = await payments.updateOne({ _id: reference, tasks: { $elemMatch: { id, dueAt } } }, { $set: { 'tasks.$.dueAt': lease } });
    return matchedCount === 1;
  }

  function start(reference: string, task: Task): void {
    const work = run(reference, task, cutOff.signal)
      .catch(onError)
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  return {
    wakeAt: (at: Date) => wakeAt(at.getTime()),

    /** Works on tasks that their writer has already taken. After a stop they wait for the next start. */
    launch(reference: string, tasks: readonly Task[]): void {
      if (!running) return;
      for (const task of tasks) {
        if (task.kind === 'NOTIFY') start(reference, task);
        else wakeAt(task.dueAt.getTime());
      }
    },

    start(): void {
      running = true;
      cutOff = new AbortController();
      wakeAt(now().getTime());
    },

    async stop(): Promise<void> {
      running = false;
      clearTimeout(timer);
      await sweeping;
      const grace = setTimeout(() => cutOff.abort(), STOP_GRACE_MS);
      await Promise.all(underWay);
      clearTimeout(grace);
    },
  };
}
