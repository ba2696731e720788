import { type Identity, userIdOf } from '#platform/identity.ts';
import type { ReviewStatus } from './domain.ts';

/** A part of a filter, by stored field. */
export type Conditions = Readonly<Record<string, unknown>>;

interface Seen {
  readonly status: ReviewStatus;
  readonly authorId: string;
  readonly merchantId: string;
}

const isModerator = (identity: Identity): boolean => identity.kind === 'staff' && identity.scopes.includes('reviews:moderate');
const isMember = (identity: Identity, merchantId: string): boolean => identity.memberships.some((membership) => membership.merchantId === merchantId);

/** Those whom a review concerns: its author, its merchant and moderators. */
export const isConcerned = (identity: Identity, { authorId, merchantId }: Omit<Seen, 'status'>): boolean =>
  userIdOf(identity) === authorId || isMember(identity, merchantId) || isModerator(identity);

/** Hidden and missing read alike to everyone else. */
export const maySee = (identity: Identity, review: Seen): boolean => review.status === 'PUBLISHED' || isConcerned(identity, review);

/** What of a list the caller sees; callers who see the same share one query. */
export const visibleOfProduct: Conditions = { status: 'PUBLISHED' };

export const visibleOfMerchant = (identity: Identity, merchantId: string): Conditions =>
  isMember(identity, merchantId) || isModerator(identity) ? { status: { $in: ['PUBLISHED', 'HIDDEN'] } } : visibleOfProduct;

/** An anonymous review must not be found through its author. */
export const visibleOfAuthor = (identity: Identity, authorId: string): Conditions =>
  userIdOf(identity) === authorId || isModerator(identity) ? {} : { status: 'PUBLISHED', anonymous: false };
