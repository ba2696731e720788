import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { type FromPlanner, lineOf, readLimits } from './messages.ts';

/**
 * Plans beside the process that serves, told what to do in lines of its input. Planning has a thread of its own, which is
 * watched from here: an operation may keep the planner busy without end, or take all memory with it.
 */
const LOOK_MS = 20;
const { planningMs, memoryMb } = readLimits(process.argv.slice(2));
const thread = new Worker(new URL('./thread/main.ts', import.meta.url), {
  env: {},
  // Answers have the output of this process to themselves.
  stdout: true,
  resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 6 },
});
let underWay: { readonly id: number; readonly cpu: NodeJS.CpuUsage } | null = null;

/** Whatever the thread is doing: nothing else is sure to end that. */
const end = (): void => void process.kill(process.pid, 'SIGKILL');

function refuse(refused: 'planningMs' | 'planningMb'): void {
  if (!underWay) return end();
  process.stdout.write(lineOf({ id: underWay.id, ms: planningMs, refused }), end);
  underWay = null;
}

setInterval(() => {
  if (!underWay) return;
  const { user, system } = process.cpuUsage(underWay.cpu);
  if ((user + system) / 1000 > planningMs) refuse('planningMs');
}, LOOK_MS);

thread.stdout.pipe(process.stderr);
thread.on('message', (message: FromPlanner) => {
  if ('started' in message) {
    underWay = { id: message.started, cpu: process.cpuUsage() };
    return;
  }
  underWay = null;
  process.stdout.write(message.line);
});
thread.on('error', (error) => {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return refuse('planningMb');
  process.stderr.write(`${error.stack ?? error.message}\n`, end);
});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => thread.postMessage(line));
// Whoever asked for plans is gone.
lines.once('close', end);
