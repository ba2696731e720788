/** What was worked out for texts that clients sent, as much of it as fits: what was not asked for longest goes first. */
export interface Kept<V> {
  get(key: string): V | undefined;
  set(key: string, value: V, weight: number): void;
}

/** `most` is in the same unit as the weights; a value that weighs more than a tenth of it is not kept. */
export function createKept<V>(most: number): Kept<V> {
  const entries = new Map<string, { readonly value: V; readonly weight: number }>();
  let total = 0;

  const drop = (key: string) => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value, weight) => {
      drop(key);
      if (weight > most / 10) return;
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= most) return;
        drop(oldest);
      }
    },
  };
}

/** What is kept for a key, or will be: whoever asks while it is worked out waits for the same. */
export function workedOutOnce<V>(kept: Kept<V>): (key: string, weight: () => number, workOut: () => Promise<V>) => V | Promise<V> {
  const underWay = new Map<string, Promise<V>>();
  return (key, weight, workOut) => {
    const known = kept.get(key) ?? underWay.get(key);
    if (known) return known;
    const working = workOut()
      .then((value) => {
        kept.set(key, value, weight());
        return value;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, working);
    return working;
  };
}
