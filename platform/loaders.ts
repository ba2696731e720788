import DataLoader from 'dataloader';

/** One value per key, null where there is none. Keeps DataLoader's contract: same length, same order. */
export function oneByKey<K, V>(fetch: (keys: readonly K[]) => Promise<readonly V[]>, keyOf: (value: V) => K): DataLoader<K, V | null> {
  return new DataLoader<K, V | null>(async (keys) => {
    const byKey = new Map((await fetch(keys)).map((value) => [keyOf(value), value] as const));
    return keys.map((key) => byKey.get(key) ?? null);
  });
}

/** All values per key, in the order in which they were fetched. */
export function manyByKey<K, V>(fetch: (keys: readonly K[]) => Promise<readonly V[]>, keyOf: (value: V) => K): DataLoader<K, V[]> {
  return new DataLoader<K, V[]>(async (keys) => {
    const groups = Map.groupBy(await fetch(keys), keyOf);
    return keys.map((key) => groups.get(key) ?? []);
  });
}

/**
 * Loaders that also depend on the field's arguments: one loader per distinct arguments, so that
 * `reviews(first: 2)` of fifty products is one query.
 */
export function byArguments<A, K, V>(create: (args: A) => DataLoader<K, V>): (args: A) => DataLoader<K, V> {
  const loaders = new Map<string, DataLoader<K, V>>();
  return (args) => {
    const key = JSON.stringify(args);
    let loader = loaders.get(key);
    if (!loader) loaders.set(key, (loader = create(args)));
    return loader;
  };
}
