import { afterAll, describe, expect, test } from 'vitest';
import { closePasswordThreads, hashPassword, passwordMatches } from './passwords.ts';

afterAll(closePasswordThreads);

describe('password hashes', () => {
  test('match their password and no other', async () => {
    const hash = await hashPassword('correct horse', 4);
    expect(hash).toMatch(/^\$2[aby]\$04\$/);
    expect(await passwordMatches('correct horse', hash, 4)).toBe(true);
    expect(await passwordMatches('correct horses', hash, 4)).toBe(false);
    expect(await passwordMatches('anything', null, 4)).toBe(false);
  });

  test('nothing beyond 72 bytes matches, though bcrypt reads no further', async () => {
    const longest = 'x'.repeat(69) + 'abc';
    const hash = await hashPassword(longest, 4);
    expect(await passwordMatches(longest, hash, 4)).toBe(true);
    expect(await passwordMatches(`${longest}d`, hash, 4)).toBe(false);
  });

  test('an unknown account takes as long as a known one', async () => {
    const hash = await hashPassword('correct horse', 10);
    const median = async (of: string | null) => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const startedAt = performance.now();
        await passwordMatches('wrong horse', of, 10);
        times.push(performance.now() - startedAt);
      }
      return times.sort((a, b) => a - b)[2] ?? 0;
    };
    const [known, unknown] = [await median(hash), await median(null)];
    expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(1.6);
  });

  test('hashing leaves the event loop free', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await Promise.all(Array.from({ length: 4 }, () => hashPassword('correct horse', 10)));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  test('threads that were closed start again', async () => {
    const pending = hashPassword('correct horse', 6);
    await closePasswordThreads();
    expect(await passwordMatches('correct horse', await pending, 6)).toBe(true);
  });
});
