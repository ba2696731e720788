import { expect, test } from 'vitest';
import { createKept } from './kept.ts';

test('what was not asked for longest goes first, by weight', () => {
  const kept = createKept<string>(100);
  for (let i = 0; i < 10; i++) kept.set(`k${i}`, `v${i}`, 10);
  expect(kept.get('k0')).toBe('v0');
  kept.set('k10', 'v10', 10);
  expect([kept.get('k0'), kept.get('k1'), kept.get('k10')]).toEqual(['v0', undefined, 'v10']);
  kept.set('k0', 'again', 5);
  expect(kept.get('k0')).toBe('again');
});

test('nothing so heavy is kept that it drives out the rest', () => {
  const kept = createKept<string>(100);
  kept.set('light', 'here', 1);
  kept.set('heavy', 'gone', 11);
  expect([kept.get('light'), kept.get('heavy')]).toEqual(['here', undefined]);
});
