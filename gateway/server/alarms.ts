/** Something that happens at a time unless it is called off. */
export interface Alarm {
  /** Milliseconds on the clock of `performance`. */
  readonly at: number;
  readonly ring: () => void;
}

export interface Alarms {
  set(ms: number, ring: () => void): Alarm;
  callOff(alarm: Alarm): void;
}

/** Alarms that hardly ever ring: they share a timer, which is set anew only when it goes off or for an earlier alarm. */
export function createAlarms(): Alarms {
  const waiting = new Set<Alarm>();
  let timer: NodeJS.Timeout | undefined;
  let next = Number.POSITIVE_INFINITY;

  function wait(at: number, now: number): void {
    clearTimeout(timer);
    next = at;
    timer = setTimeout(look, Math.ceil(at - now)).unref();
  }

  function look(): void {
    const now = performance.now();
    next = Number.POSITIVE_INFINITY;
    let nearest = next;
    for (const alarm of waiting) {
      if (alarm.at > now) nearest = Math.min(nearest, alarm.at);
      else {
        waiting.delete(alarm);
        alarm.ring();
      }
    }
    if (nearest < next) wait(nearest, now);
  }

  return {
    set: (ms, ring) => {
      const now = performance.now();
      const alarm = { at: now + ms, ring };
      waiting.add(alarm);
      if (alarm.at < next) wait(alarm.at, now);
      return alarm;
    },
    callOff: (alarm) => void waiting.delete(alarm),
  };
}
