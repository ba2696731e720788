/**
 * Who wants to change the same rows waits for its turn, within this process: MongoDB aborts transactions that meet at a
 * row instead of queueing them, and two hundred that meet abort thousands of times. Other processes' transactions still
 * meet in conflict and are repeated.
 */
export interface Turns {
  /** Runs the work when all keys are free. Keys are taken in sorted order, so that two that want the same never wait for each other. */
  inTurn<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const tails = new Map<string, Promise<void>>();

  function enter(key: string): { ready: Promise<void>; leave: () => void } {
    const before = tails.get(key) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = before.then(() => promise);
    tails.set(key, tail);
    const leave = () => {
      resolve();
      if (tails.get(key) === tail) tails.delete(key);
    };
    return { ready: before, leave };
  }

  return {
    inTurn: async (keys, work) => {
      // All places are taken at once and in one order, so a queue never holds a cycle.
      const places = [...new Set(keys)].sort().map(enter);
      try {
        for (const { ready } of places) await ready;
        return await work();
      } finally {
        for (const { leave } of places) leave();
      }
    },
  };
}

/** The one queue of this process; keys carry ids, so that those of different kinds never meet. */
export const turns = createTurns();
