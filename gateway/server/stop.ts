/** Ends one thing that is under way, from outside: with a reason, and at most once. */
export class Stop {
  /** Why it was ended; undefined until then. */
  reason: unknown = undefined;
  /** What is to be done about it at the moment. */
  act: ((reason: unknown) => void) | null = null;

  now(reason: unknown): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.act?.(reason);
  }
}

/** Whoever waits for answers, and may leave before they are there. A request may make dozens of calls: an AbortSignal for it costs more than many of them. */
export class Departure {
  /** Why nobody waits any more; undefined while somebody does. */
  reason: unknown = undefined;
  /** What is to be ended then. */
  readonly stops = new Set<Stop>();

  now(reason: unknown): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    for (const stop of this.stops) stop.now(reason);
  }
}
