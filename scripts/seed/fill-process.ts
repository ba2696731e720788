import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import type { ProcessReport, ProcessTask } from './fill.ts';
import { fill } from './filling.ts';
import { storesOf } from './stores.ts';

/** Fills the demo shop beside a process that serves: it is told what to do in a line of its input, and answers lines. */
const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, 'line');
const task: ProcessTask = JSON.parse(line);
// Whoever asked for it is gone.
lines.once('close', () => process.exit(1));
const client = await MongoClient.connect(task.mongoUri, { serverSelectionTimeoutMS: 5_000 });
try {
  await fill(storesOf(client, task.config), { ...task, now: new Date(task.now) }, (done, what) => {
    const report: ProcessReport = { done, what };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  });
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
