import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTurns } from './turns.ts';

describe('turns', () => {
  test('work on the same row runs one after the other, in the order in which it came', async () => {
    const { inTurn } = createTurns();
    const seen: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inTurn(['row'], async () => {
          seen.push(`${name} in`);
          await sleep(1);
          seen.push(`${name} out`);
        }),
      ),
    );
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  test('work on other rows does not wait', async () => {
    const { inTurn } = createTurns();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = inTurn(['one'], () => promise);
    expect(await inTurn(['two'], async () => 'done')).toBe('done');
    resolve();
    await slow;
  });

  test('{A,B} and {B,A} by the hundred never wait for each other for ever', async () => {
    const { inTurn } = createTurns();
    const holders = new Set<string>();
    const work = (keys: string[]) =>
      inTurn(keys, async () => {
        for (const key of keys) expect(holders.has(key)).toBe(false);
        for (const key of keys) holders.add(key);
        await sleep(0);
        for (const key of keys) holders.delete(key);
      });
    await Promise.all(Array.from({ length: 100 }, (_, index) => work(index % 2 === 0 ? ['A', 'B'] : ['B', 'A'])));
  });

  test('work that fails gives its turn to the next, and a row named twice is one', async () => {
    const { inTurn } = createTurns();
    await expect(inTurn(['row', 'row'], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await inTurn(['row'], async () => 'next')).toBe('next');
  });
});
