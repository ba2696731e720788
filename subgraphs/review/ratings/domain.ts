/** The sums that are stored of something's reviews. */
export interface Tally {
  readonly sum: number;
  readonly count: number;
  readonly verifiedCount: number;
  readonly histogram: Readonly<Record<string, number>>;
}

/** What one review adds to a tally; null while it does not count (hidden, deleted, not written yet). */
export type Counted = { readonly rating: number; readonly isVerified: boolean } | null;

const RATINGS = [5, 4, 3, 2, 1] as const;
/** A newcomer's mean starts as if it had this many ratings of the middle of what shops usually get. */
const PRIOR = { mean: 4, weight: 10 };

/** By how much each stored number moves when a review goes from one state to another; empty when nothing moves. */
export function tallyChange(before: Counted, after: Counted): Readonly<Record<string, number>> {
  const moves: Record<string, number> = {};
  const move = (name: string, by: number) => {
    moves[name] = (moves[name] ?? 0) + by;
  };
  for (const [counted, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!counted) continue;
    move('sum', sign * counted.rating);
    move('count', sign);
    move(`histogram.${counted.rating}`, sign);
    if (counted.isVerified) move('verifiedCount', sign);
  }
  return Object.fromEntries(Object.entries(moves).filter(([, by]) => by !== 0));
}

export const averageOf = ({ sum, count }: Pick<Tally, 'sum' | 'count'>): number | null => (count > 0 ? sum / count : null);

const EMPTY: Tally = { sum: 0, count: 0, verifiedCount: 0, histogram: {} };

/** Something that was never reviewed has a summary too. */
export function summaryOf(tally: Tally | null) {
  const { sum, count, verifiedCount, histogram } = tally ?? EMPTY;
  return {
    average: averageOf({ sum, count }),
    weightedAverage: count > 0 ? (sum + PRIOR.mean * PRIOR.weight) / (count + PRIOR.weight) : null,
    count,
    verifiedCount,
    distribution: RATINGS.map((rating) => ({ rating, count: histogram[rating] ?? 0 })),
  };
}
