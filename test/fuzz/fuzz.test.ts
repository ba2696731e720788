import { expect, test } from 'vitest';
import { MISBEHAVIOURS } from './misbehaviour.ts';
import { fuzz } from './run.ts';

test('whatever subgraphs do, clients get the rest, errors in the right places and nothing of the inside', { timeout: 60_000 }, async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  const { faults, partial, answers, misbehaved, megabytes, exitCode, log } = await fuzz({ seconds: 20, seed });
  expect({ seed, faults }).toEqual({ seed, faults: [] });
  expect(answers).toBeGreaterThan(200);
  expect(partial).toBeGreaterThan(20);
  expect(Object.keys(misbehaved).length).toBeGreaterThan(Object.keys(MISBEHAVIOURS).length / 2);
  expect(log).not.toMatch(/unhandled|a request failed|TypeError|RangeError/i);
  expect(Math.max(...megabytes.slice(5))).toBeLessThan(Math.max(...megabytes.slice(0, 5)) * 1.25);
  expect(exitCode).toBe(0);
});
