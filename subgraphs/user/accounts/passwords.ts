import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { isTooLong } from './domain.ts';

/** Hash the password, or compare it where a hash is given. */
export interface PasswordTask {
  readonly id: number;
  readonly password: string;
  readonly cost: number;
  readonly hash: string | null;
}

export interface PasswordAnswer {
  readonly id: number;
  readonly result: string | boolean;
}

interface Waiting {
  resolve(result: string | boolean): void;
  reject(error: Error): void;
}

/** One thread stays free for requests; more than four hashes at once only wait for each other. */
const POOL_SIZE = Math.max(1, Math.min(4, availableParallelism() - 1));

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

const threads: Thread[] = [];
let lastId = 0;

function startThread(): Thread {
  const worker = new Worker(new URL('./password-worker.ts', import.meta.url), { execArgv: [] });
  const thread: Thread = { worker, waiting: new Map() };
  worker.unref();
  worker.on('message', ({ id, result }: PasswordAnswer) => {
    thread.waiting.get(id)?.resolve(result);
    settled(thread, id);
  });
  worker.on('error', (error: Error) => abandon(thread, error));
  worker.on('exit', () => abandon(thread, new Error('the password worker ended')));
  threads.push(thread);
  return thread;
}

/** Somebody waits for an answer: the process must not end before it. */
function settled({ worker, waiting }: Thread, id: number): void {
  waiting.delete(id);
  if (waiting.size === 0) worker.unref();
}

function abandon(thread: Thread, error: Error): void {
  const index = threads.indexOf(thread);
  if (index >= 0) threads.splice(index, 1);
  for (const { reject } of thread.waiting.values()) reject(error);
  thread.waiting.clear();
}

/** The least busy thread; a new one while all are busy and there is room. */
function threadForNext(): Thread {
  const idlest = threads.reduce<Thread | null>((least, thread) => (least === null || thread.waiting.size < least.waiting.size ? thread : least), null);
  return idlest && (idlest.waiting.size === 0 || threads.length >= POOL_SIZE) ? idlest : startThread();
}

function run(password: string, cost: number, hash: string | null): Promise<string | boolean> {
  const thread = threadForNext();
  const task: PasswordTask = { id: ++lastId, password, cost, hash };
  thread.worker.ref();
  return new Promise((resolve, reject) => {
    thread.waiting.set(task.id, { resolve, reject });
    thread.worker.postMessage(task);
  });
}

/**
 * The bcrypt hash of a password, made in a worker thread. Whoever fills a shop with many accounts of one password hashes
 * it once and stores the same hash in all of them; `cost` is the setting BCRYPT_COST.
 */
export async function hashPassword(password: string, cost: number): Promise<string> {
  return String(await run(password, cost, null));
}

/**
 * Whether the password belongs to the hash. Without a hash (there is no such account) it takes as long and says no, so
 * that the time does not tell which accounts exist.
 */
export async function passwordMatches(password: string, hash: string | null, cost: number): Promise<boolean> {
  const matches = await run(password, cost, hash ?? unmatchedHash(cost));
  return hash !== null && matches === true && !isTooLong(password);
}

/** Well-formed, of the given cost, and of no password. */
const unmatchedHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/** Ends the threads once they have answered what they were asked; the next hash starts new ones. */
export async function closePasswordThreads(): Promise<void> {
  await Promise.all(
    threads.map(async (thread) => {
      while (thread.waiting.size > 0) await new Promise((resolve) => thread.worker.once('message', resolve));
      await thread.worker.terminate();
    }),
  );
}
