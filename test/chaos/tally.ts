export const OUTCOMES = ['ok', 'refused', 'outage', 'failed'] as const;
/** `refused` is an expected failure that says what is wrong, `outage` one that may be asked again, `failed` is a fault of ours. */
export type Outcome = (typeof OUTCOMES)[number];

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** What happened in a run, counted. */
export function openTally() {
  const operations = new Map<string, Record<Outcome, number>>();
  const refusals = new Map<string, number>();
  const faults = new Map<string, number>();
  const notifications = new Map<string, number>();
  const failures = new Map<string, { times: number; example: string }>();
  return {
    operations,
    refusals,
    faults,
    notifications,
    /** What should never have been answered, by operation and code, with what was. */
    failures,
    note: (operation: string, outcome: Outcome, detail = '', example = detail) => {
      const row = operations.get(operation) ?? { ok: 0, refused: 0, outage: 0, failed: 0 };
      row[outcome] += 1;
      operations.set(operation, row);
      if (outcome === 'refused') count(refusals, `${operation} ${detail}`);
      if (outcome !== 'failed') return;
      const failure = failures.get(`${operation} ${detail}`) ?? { times: 0, example };
      failure.times += 1;
      failures.set(`${operation} ${detail}`, failure);
    },
    strike: (kind: string) => count(faults, kind),
    notify: (mischief: string) => count(notifications, mischief),
    total: (outcome: Outcome) => [...operations.values()].reduce((total, row) => total + row[outcome], 0),
    struck: () => [...faults.values()].reduce((total, times) => total + times, 0),
  };
}

export type Tally = ReturnType<typeof openTally>;
