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
/** A bucket may owe as much as it holds: after twice the time to fill it, it is full whatever happened. */
const FORGOTTEN_AFTER_MS = 2 * SECONDS_TO_FILL * 1000;
/** Far more principals than one process serves in that time. */
const MOST_BUCKETS = 100_000;

/**
 * A token bucket for each principal. One left alone long enough is full, as one that was never there: it is forgotten, so
 * that memory holds only who asked lately. They are kept in two generations, of which the older goes as a whole.
 */
export function createBuckets(pointsPerSecond: number, now: () => number = () => performance.now()): Buckets {
  const capacity = pointsPerSecond * SECONDS_TO_FILL;
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let since = now();

  function touch(principal: string): Bucket {
    const at = now();
    if (at - since > FORGOTTEN_AFTER_MS || young.size >= MOST_BUCKETS) {
      old = young;
      young = new Map();
      since = at;
    }
    const known = young.get(principal) ?? old.get(principal);
    if (!known) return keep(principal, { points: capacity, at });
    known.points = Math.min(capacity, known.points + ((at - known.at) / 1000) * pointsPerSecond);
    known.at = at;
    return keep(principal, known);
  }

  function keep(principal: string, bucket: Bucket): Bucket {
    young.set(principal, bucket);
    return bucket;
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
