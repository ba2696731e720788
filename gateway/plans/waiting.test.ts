import { expect, test } from 'vitest';
import { createWaiting } from './waiting.ts';

test('callers take turns, however much each has brought', () => {
  const waiting = createWaiting<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) waiting.add(item.charAt(0), item);
  expect([waiting.size, waiting.countOf('a'), waiting.countOf('d')]).toEqual([6, 3, 0]);
  const taken = Array.from({ length: 4 }, () => waiting.take());
  waiting.add('c', 'c2');
  while (waiting.size > 0) taken.push(waiting.take());
  expect(taken).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'c2']);
  expect(waiting.take()).toBeUndefined();
});
