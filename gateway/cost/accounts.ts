import { GraphQLError } from 'graphql';
import { createBuckets } from './buckets.ts';

/** What a request cost, as its answer says it. */
export interface CostReport {
  readonly requested: number;
  readonly actual: number;
  readonly available: number;
  readonly restoreRate: number;
}

/** What was taken for an operation that is under way. */
export interface Spending {
  settle(actual: number): CostReport;
}

/** What one principal may spend; every refusal is thrown, with its numbers. */
export interface Account {
  /** Refuses a principal who has used up everything, before anything is done for it. */
  admit(): void;
  /** For work that was done already. */
  charge(points: number): void;
  /** Takes what an operation may cost; what it did not cost is given back when it is settled. */
  spend(requested: number): Spending;
}

export type AccountOf = (principal: string) => Account;

export function createAccounts(pointsPerSecond: number): AccountOf {
  const buckets = createBuckets(pointsPerSecond);
  const { capacity, restoreRate } = buckets;

  function limited(requested: number, available: number, retryAfterSeconds: number): GraphQLError {
    return new GraphQLError(
      `This needs ${requested} points and ${available} are left; ${restoreRate} come back every second: retry in ${retryAfterSeconds} seconds.`,
      {
        extensions: {
          code: 'RATE_LIMITED',
          retryAfterSeconds,
          cost: { requested, actual: 0, available, restoreRate },
        },
      },
    );
  }

  return (principal) => ({
    admit: () => {
      const { isGranted, available, retryAfterSeconds } = buckets.take(principal, 1);
      if (!isGranted) throw limited(1, available, retryAfterSeconds);
      buckets.charge(principal, -1);
    },
    charge: (points) => void buckets.charge(principal, points),
    spend: (requested) => {
      if (requested > capacity) {
        throw new GraphQLError(
          `The operation may cost ${requested} points, and nobody can have more than ${capacity}: ask for fewer entries, or in several operations.`,
          {
            extensions: {
              code: 'COST_LIMIT_EXCEEDED',
              limit: capacity,
              asked: requested,
              cost: { requested, actual: 0, available: buckets.charge(principal, 0), restoreRate },
            },
          },
        );
      }
      const { isGranted, available, retryAfterSeconds } = buckets.take(principal, requested);
      if (!isGranted) throw limited(requested, available, retryAfterSeconds);
      return {
        settle: (actual) => ({ requested, actual, available: buckets.charge(principal, actual - requested), restoreRate }),
      };
    },
  });
}
