import { AsyncLocalStorage } from 'node:async_hooks';
import type { MongoClient } from 'mongodb';

/** Counts the MongoDB commands that a piece of work causes, wherever in it they are sent. */
const counters = new AsyncLocalStorage<{ commands: number }>();

export async function countingCommands<T>(work: () => Promise<T>): Promise<{ result: T; commands: number }> {
  const counter = { commands: 0 };
  const result = await counters.run(counter, work);
  return { result, commands: counter.commands };
}

/**
 * Each command takes a connection of its own from the pool. Not by the driver's command events: for these it reads every
 * answer a second time.
 */
export function observeCommands(client: MongoClient): void {
  client.on('connectionCheckOutStarted', () => {
    const counter = counters.getStore();
    if (counter) counter.commands += 1;
  });
}
