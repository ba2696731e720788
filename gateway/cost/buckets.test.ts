import { expect, test } from 'vitest';
import { createBuckets } from './buckets.ts';

const clocked = (pointsPerSecond: number) => {
  let at = 0;
  const buckets = createBuckets(pointsPerSecond, () => at);
  return { ...buckets, wait: (seconds: number) => void (at += seconds * 1000) };
};

test('a bucket holds ten seconds, and fills again by the second', () => {
  const { take, wait, capacity } = clocked(100);
  expect(capacity).toBe(1000);
  expect(take('a', 900)).toEqual({ isGranted: true, available: 100, retryAfterSeconds: 0 });
  expect(take('a', 350)).toEqual({ isGranted: false, available: 100, retryAfterSeconds: 3 });
  wait(3);
  expect(take('a', 350)).toEqual({ isGranted: true, available: 50, retryAfterSeconds: 0 });
  wait(1_000);
  expect(take('a', 1)).toMatchObject({ available: 999 });
});

test('each has its own', () => {
  const { take } = clocked(10);
  take('a', 100);
  expect([take('a', 1).isGranted, take('b', 100).isGranted]).toEqual([false, true]);
});

test('what was not used comes back, and never more than the bucket holds; what was used besides is a debt', () => {
  const { take, charge, wait } = clocked(10);
  take('a', 80);
  expect(charge('a', -60)).toBe(80);
  expect(charge('a', -60)).toBe(100);
  expect(charge('a', 150)).toBe(0);
  expect(take('a', 1).retryAfterSeconds).toBe(6);
  wait(7);
  expect(take('a', 10).isGranted).toBe(true);
});

test('buckets that are full again are forgotten, and those in use are not, however many there are', () => {
  const { take, wait } = clocked(10);
  take('hungry', 100);
  for (let i = 0; i < 350_000; i++) {
    take(`once-${i}`, 1);
    if (i % 50_000 === 0) {
      wait(0.001);
      take('hungry', 0);
    }
  }
  expect(take('hungry', 50).isGranted).toBe(false);
});
