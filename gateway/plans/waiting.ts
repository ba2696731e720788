/** What waits for its turn: those for whom it waits take turns, however much each has brought. */
export interface Waiting<T> {
  readonly size: number;
  countOf(payer: string): number;
  add(payer: string, item: T): void;
  /** The next of whoever's turn it is. */
  take(): T | undefined;
}

export function createWaiting<T>(): Waiting<T> {
  const lines = new Map<string, T[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    countOf: (payer) => lines.get(payer)?.length ?? 0,
    add: (payer, item) => {
      const line = lines.get(payer) ?? [];
      line.push(item);
      lines.set(payer, line);
      size += 1;
    },
    take: () => {
      for (const [payer, line] of lines) {
        lines.delete(payer);
        const item = line.shift();
        if (line.length > 0) lines.set(payer, line);
        if (item !== undefined) {
          size -= 1;
          return item;
        }
      }
      return undefined;
    },
  };
}
