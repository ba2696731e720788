import { parentPort, workerData } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import type { ThreadReport, ThreadTask } from './fill.ts';
import { fill } from './filling.ts';
import { storesOf } from './stores.ts';

/** Fills the demo shop beside a process that serves. */
const task: ThreadTask = workerData;
const client = await MongoClient.connect(task.mongoUri, { serverSelectionTimeoutMS: 5_000 });
try {
  await fill(storesOf(client, task.config), task, (done, what) => {
    const report: ThreadReport = { done, what };
    parentPort?.postMessage(report);
  });
} finally {
  await client.close();
}
