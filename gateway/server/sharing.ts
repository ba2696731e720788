import { Stop, stopsOf } from './stop.ts';

/** What several who want the same at the same time are given. */
export interface Sharing<T> {
  /**
   * The outcome of `start` of whoever asked first under this key and is not answered yet. `start` is told to stop when
   * all who wait have gone. Of what `isOwn` says that it concerns only who asked first, the others ask again by themselves.
   */
  join(key: string, gone: AbortSignal, start: (gone: AbortSignal) => Promise<T>, isOwn: (outcome: PromiseSettledResult<T>) => boolean): Promise<T>;
  /** From now on nobody joins what was begun before: it may not know yet of what was just written. */
  forget(): void;
}

interface UnderWay<T> {
  readonly outcome: Promise<PromiseSettledResult<T>>;
  readonly stop: AbortController;
  waiting: number;
}

export function createSharing<T>(): Sharing<T> {
  const underWay = new Map<string, UnderWay<T>>();

  function begin(key: string, start: (gone: AbortSignal) => Promise<T>): UnderWay<T> {
    const stop = new AbortController();
    const ended = (outcome: PromiseSettledResult<T>) => {
      if (underWay.get(key) === begun) underWay.delete(key);
      return outcome;
    };
    const outcome = start(stop.signal).then(
      (value) => ended({ status: 'fulfilled', value }),
      (reason: unknown) => ended({ status: 'rejected', reason }),
    );
    const begun: UnderWay<T> = { outcome, stop, waiting: 0 };
    underWay.set(key, begun);
    return begun;
  }

  return {
    join: async (key, gone, start, isOwn) => {
      const known = underWay.get(key);
      const joined = known ?? begin(key, start);
      joined.waiting += 1;
      const leaving = new Stop();
      leaving.act = () => {
        joined.waiting -= 1;
        if (joined.waiting > 0) return;
        if (underWay.get(key) === joined) underWay.delete(key);
        joined.stop.abort();
      };
      const stops = stopsOf(gone);
      if (gone.aborted) leaving.now(gone.reason);
      else stops.add(leaving);
      try {
        const outcome = await joined.outcome;
        if (known && isOwn(outcome)) return await start(gone);
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      } finally {
        stops.delete(leaving);
      }
    },
    forget: () => underWay.clear(),
  };
}
