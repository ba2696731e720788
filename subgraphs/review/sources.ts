import type { UserErrorData } from '#platform/errors.ts';
import type { Connection } from '#platform/pagination.ts';
import type { ReviewRow } from './reviews/loaders.ts';

/** What the resolvers of a type start from, where that is not its stored document. */
export type Review = ReviewRow;

export interface ReviewConnection extends Connection<ReviewRow> {
  readonly countTotal: () => Promise<number>;
}

export interface ReviewPayload {
  readonly reviewId: string | null;
  readonly userErrors: readonly UserErrorData[];
}

export interface AlreadyReviewedError extends UserErrorData {
  readonly reviewId: string;
}

export interface ReviewImage {
  readonly id: string;
}

export interface User {
  readonly id: string;
  /** Known where a review brought it along. */
  readonly displayName?: string | null;
}
