import { expect, test } from 'vitest';
import { reportOf } from './chaos/report.ts';
import { runChaos } from './chaos/run.ts';

/** `npm run chaos` in short: enough to see that the run itself works, and that a dozen faults lose nothing. */
test('a minute of trade under faults loses nothing that was acknowledged, and settles', { timeout: 400_000 }, async () => {
  const result = await runChaos({
    minutes: 0.75,
    seed: 20_261_123,
    clients: 8,
    everySeconds: 3,
    say: () => undefined,
    signal: new AbortController().signal,
  });
  expect(result.problems, reportOf(result).join('\n')).toEqual([]);
  expect(result.tally.struck()).toBeGreaterThanOrEqual(8);
  expect(result.ledger.count('order')).toBeGreaterThan(0);
  expect(result.books.length).toBeGreaterThan(20);
});
