import { Departure, Stop } from './stop.ts';

export interface Joined<T> {
  readonly value: T;
  /** Whether others were given the same. */
  readonly isShared: boolean;
}

/** What several who want the same at the same time are given. */
export interface Sharing<T> {
  /**
   * The outcome of `start` of whoever asked first under this key and is not answered yet. `start` is told to stop when
   * all who wait have gone, and may close what it began: who comes later begins anew. Of what `isOwn` says that it concerns
   * only who asked first, the others ask again by themselves.
   */
  join(key: string, gone: Departure, start: Start<T>, isOwn: (outcome: PromiseSettledResult<T>) => boolean): Promise<Joined<T>>;
  /** From now on nobody joins what was begun before: it may not know yet of what was just written. */
  forget(): void;
}

export type Start<T> = (gone: Departure, close: () => void) => Promise<T>;

interface UnderWay<T> {
  readonly outcome: Promise<PromiseSettledResult<T>>;
  readonly waiters: Departure;
  /** How many ever wanted it. */
  asked: number;
  waiting: number;
}

export function createSharing<T>(): Sharing<T> {
  const underWay = new Map<string, UnderWay<T>>();

  function begin(key: string, start: Start<T>): UnderWay<T> {
    const waiters = new Departure();
    const close = () => {
      if (underWay.get(key)?.waiters === waiters) underWay.delete(key);
    };
    const ended = (outcome: PromiseSettledResult<T>) => {
      close();
      return outcome;
    };
    const outcome = start(waiters, close).then(
      (value) => ended({ status: 'fulfilled', value }),
      (reason: unknown) => ended({ status: 'rejected', reason }),
    );
    const begun: UnderWay<T> = { outcome, waiters, asked: 0, waiting: 0 };
    underWay.set(key, begun);
    return begun;
  }

  return {
    join: async (key, gone, start, isOwn) => {
      const known = underWay.get(key);
      const joined = known ?? begin(key, start);
      joined.asked += 1;
      joined.waiting += 1;
      const leaving = new Stop();
      leaving.act = () => {
        joined.waiting -= 1;
        if (joined.waiting > 0) return;
        if (underWay.get(key) === joined) underWay.delete(key);
        joined.waiters.now(new Error('nobody waits for the answer'));
      };
      if (gone.reason !== undefined) leaving.now(gone.reason);
      else gone.stops.add(leaving);
      try {
        const outcome = await joined.outcome;
        if (known && isOwn(outcome)) return { value: await start(gone, NOTHING_TO_CLOSE), isShared: false };
        if (outcome.status === 'rejected') throw outcome.reason;
        return { value: outcome.value, isShared: joined.asked > 1 };
      } finally {
        gone.stops.delete(leaving);
      }
    },
    forget: () => underWay.clear(),
  };
}

const NOTHING_TO_CLOSE = () => {};
