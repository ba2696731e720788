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
  readonly outcome: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

export function createSharing<T>(): Sharing<T> {
  const underWay = new Map<string, UnderWay<T>>();

  function begin(key: string, start: (gone: AbortSignal) => Promise<T>): UnderWay<T> {
    const stop = new AbortController();
    const begun: UnderWay<T> = { outcome: start(stop.signal), stop, waiting: 0 };
    const end = () => {
      if (underWay.get(key) === begun) underWay.delete(key);
    };
    begun.outcome.then(end, end);
    underWay.set(key, begun);
    return begun;
  }

  return {
    join: async (key, gone, start, isOwn) => {
      const known = underWay.get(key);
      const joined = known ?? begin(key, start);
      joined.waiting += 1;
      const leave = () => {
        joined.waiting -= 1;
        if (joined.waiting > 0) return;
        if (underWay.get(key) === joined) underWay.delete(key);
        joined.stop.abort();
      };
      if (gone.aborted) leave();
      else gone.addEventListener('abort', leave, { once: true });
      try {
        if (known) {
          const [outcome] = await Promise.allSettled([known.outcome]);
          if (isOwn(outcome)) return await start(gone);
        }
        return await joined.outcome;
      } finally {
        gone.removeEventListener('abort', leave);
      }
    },
    forget: () => underWay.clear(),
  };
}
