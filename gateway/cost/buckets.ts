/** What is left to a principal after a request took its part, or how long it must wait for it. */
export interface Taken {
  readonly isGranted: boolean;
  readonly available: number;
  readonly retryAfterSeconds: number;
}

export interface Buckets {
  readonly capacity: number;
  readonly restoreRate: number;
  /** Takes the points if they are there; a principal with none left waits. */
  take(principal: string, points: number): Taken;
  /** Settles what was used besides, or gives back what was not (a negative number): it may leave a debt. */
  charge(principal: string, points: number): number;
}

interface Bucket {
  points: number;
  at: number;
}

const SECONDS_TO_FILL = 10;
/** Far more principals than one process serves within the seconds that a bucket takes to fill. */
const KEPT_BUCKETS = 100_000;
const SWEPT_EACH_TIME = 4;

/**
 * A token bucket for each principal, filled again within ten seconds. A bucket left alone that long is full, as one that
 * was never there: it is forgotten, so that memory holds only who asked lately.
 */
export function createBuckets(pointsPerSecond: number, now: () => number = () => performance.now()): Buckets {
  const capacity = pointsPerSecond * SECONDS_TO_FILL;
  /** The one touched longest ago comes first. */
  const kept = new Map<string, Bucket>();

  function touch(principal: string): Bucket {
    const at = now();
    const known = kept.get(principal);
    const points = known ? Math.min(capacity, known.points + ((at - known.at) / 1000) * pointsPerSecond) : capacity;
    const bucket = { points, at };
    if (known) kept.delete(principal);
    else forgetIdle(at);
    kept.set(principal, bucket);
    return bucket;
  }

  function forgetIdle(at: number): void {
    let looked = 0;
    for (const [principal, bucket] of kept) {
      const isFull = bucket.points + ((at - bucket.at) / 1000) * pointsPerSecond >= capacity;
      if ((!isFull || looked >= SWEPT_EACH_TIME) && kept.size < KEPT_BUCKETS) return;
      looked += 1;
      kept.delete(principal);
    }
  }

  return {
    capacity,
    restoreRate: pointsPerSecond,
    take: (principal, points) => {
      const bucket = touch(principal);
      const isGranted = bucket.points >= points;
      if (isGranted) bucket.points -= points;
      return {
        isGranted,
        available: Math.max(0, Math.floor(bucket.points)),
        retryAfterSeconds: isGranted ? 0 : Math.ceil((points - bucket.points) / pointsPerSecond),
      };
    },
    charge: (principal, points) => {
      const bucket = touch(principal);
      bucket.points = Math.max(-capacity, Math.min(capacity, bucket.points - points));
      return Math.max(0, Math.floor(bucket.points));
    },
  };
}
