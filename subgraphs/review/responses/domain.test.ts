import { describe, expect, test } from 'vitest';
import { MODERATION, type Vote, voteChange } from './domain.ts';

const votes: readonly Vote[] = ['HELPFUL', 'UNHELPFUL', 'NONE'];
const everyPair = votes.flatMap((from) => votes.map((to) => [from, to] as const));
const countersOf = (vote: Vote) => ({ helpfulCount: vote === 'HELPFUL' ? 1 : 0, unhelpfulCount: vote === 'UNHELPFUL' ? 1 : 0 });

describe('voteChange', () => {
  test.each(everyPair)('%s to %s leaves the counters at the new vote', (from, to) => {
    const counters: Record<string, number> = countersOf(from);
    for (const [name, by] of Object.entries(voteChange(from, to))) counters[name] = (counters[name] ?? 0) + by;
    expect(counters).toEqual(countersOf(to));
  });
});

test('hiding and restoring undo each other', () => {
  expect(MODERATION.HIDE).toEqual({ from: MODERATION.RESTORE.to, to: MODERATION.RESTORE.from });
});
