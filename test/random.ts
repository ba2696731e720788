/** A seeded generator (mulberry32), so that a run can be repeated as far as its timing allows. */
export interface Random {
  /** Below 1. */
  next(): number;
  between(low: number, high: number): number;
  /** Both bounds included. */
  whole(least: number, most: number): number;
  /** From nothing; included. */
  upTo(most: number): number;
  chance(share: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** One of the choices, each as likely as its weight. */
  weighed<T>(choices: readonly (readonly [number, T])[]): T;
}

export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + next() * (high - low);
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    whole,
    upTo: (most) => whole(0, most),
    chance: (share) => next() < share,
    pick: (choices) => choices[whole(0, choices.length - 1)]!,
    weighed: (choices) => {
      let left = next() * choices.reduce((total, [weight]) => total + weight, 0);
      return (choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1)!)[1];
    },
  };
}

/** Generators of one seed that do not follow each other. */
export const streamOf = (seed: number, stream: number): Random => seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
