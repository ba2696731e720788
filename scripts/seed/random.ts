/** Numbers that look random and are the same at every run: drawn from what they are for. */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** The same elements in another order. */
  shuffled<T>(list: readonly T[]): T[];
  /** One of the entries, by their weights. */
  weighted<T>(entries: readonly (readonly [value: T, weight: number])[]): T;
}

/** Four words of 32 bits that depend on every character of the text. */
export function hash128(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  const mix = (x: number, y: number, factor: number) => Math.imul(x ^ (y >>> 15), factor) >>> 0;
  return [mix(a, d, 2246822507), mix(b, a, 3266489909), mix(c, b, 668265263), mix(d, c, 374761393)];
}

/** `randomOf('stock', 17)` draws the same numbers whenever it is made. */
export function randomOf(...purpose: readonly (string | number)[]): Random {
  let [state] = hash128(purpose.join('|'));
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (list) => at(list, int(0, list.length - 1)),
    shuffled: (list) => {
      const copy = [...list];
      for (let last = copy.length - 1; last > 0; last -= 1) {
        const other = int(0, last);
        [copy[last], copy[other]] = [at(copy, other), at(copy, last)];
      }
      return copy;
    },
    weighted: (entries) => {
      let left = next() * entries.reduce((total, [, weight]) => total + weight, 0);
      for (const [value, weight] of entries) {
        left -= weight;
        if (left < 0) return value;
      }
      return at(entries, entries.length - 1)[0];
    },
  };
}

/** An element that must be there: the tables are written by hand, and an empty one is a mistake in them. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`nothing at ${index} of ${list.length}`);
  return element;
}

/** Goes round and round a list. */
export const cycled = <T>(list: readonly T[], index: number): T => at(list, index % list.length);
