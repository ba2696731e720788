import { type Text, userError } from '#platform/errors.ts';

type Status = 'PUBLISHED' | 'HIDDEN';

/** From which state a decision leads to which. */
export const MODERATION = {
  PUBLISH: { from: 'PUBLISHED', to: 'PUBLISHED' },
  HIDE: { from: 'PUBLISHED', to: 'HIDDEN' },
  RESTORE: { from: 'HIDDEN', to: 'PUBLISHED' },
} as const satisfies Record<string, { from: Status; to: Status }>;

export type Decision = keyof typeof MODERATION;

export type Vote = 'HELPFUL' | 'UNHELPFUL' | 'NONE';

const COUNTER = { HELPFUL: 'helpfulCount', UNHELPFUL: 'unhelpfulCount', NONE: null } as const satisfies Record<Vote, string | null>;

/** By how much the review's counters move when somebody's vote does; empty when it stays. */
export function voteChange(before: Vote, after: Vote): Readonly<Record<string, number>> {
  const [left, joined] = [COUNTER[before], COUNTER[after]];
  return left === joined ? {} : { ...(left && { [left]: -1 }), ...(joined && { [joined]: 1 }) };
}

/** One document per review and person. */
export const responseId = (reviewId: string, userId: string): string => `${reviewId}|${userId}`;

const OWN: Text = { en: 'This is your own review.', zh: '这是您自己的评价。' };
export const ownReview = (path: readonly string[]) => userError('ValidationError', 'OWN_REVIEW', path, OWN);
