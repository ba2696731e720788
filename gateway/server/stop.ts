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

const known = new WeakMap<AbortSignal, Set<Stop>>();

/** What is to be ended when a signal is given: one listener for all of it, since a request may make dozens of calls. */
export function stopsOf(signal: AbortSignal): Set<Stop> {
  const before = known.get(signal);
  if (before) return before;
  const stops = new Set<Stop>();
  known.set(signal, stops);
  const stopAll = () => {
    for (const stop of stops) stop.now(signal.reason);
  };
  signal.addEventListener('abort', stopAll, { once: true });
  return stops;
}
