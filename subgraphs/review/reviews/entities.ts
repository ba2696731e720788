import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { AspectRating, Reply, ReviewStatus } from './domain.ts';

const ReviewSchema = defineEntity({
  name: 'Review',
  properties: {
    ...baseProperties('review'),
    orderLineId: p.string().unique(),
    productId: p.string(),
    variantId: p.string(),
    merchantId: p.string(),
    authorId: p.string(),
    /** A copy, refreshed when the author takes another name: product pages need not ask for it. */
    authorName: p.string().nullable(),
    anonymous: p.boolean(),
    rating: p.integer(),
    aspects: p.json<readonly AspectRating[]>(),
    title: p.string().nullable(),
    body: p.string(),
    locale: p.string(),
    imageIds: p.json<readonly string[]>(),
    verifiedPurchase: p.boolean(),
    status: p.string().$type<ReviewStatus>(),
    editedAt: p.datetime().nullable(),
    reply: p.json<Reply>().nullable(),
    helpfulCount: p.integer(),
    unhelpfulCount: p.integer(),
    reportCount: p.integer(),
    /** No moderator has looked at it since it was written, changed or reported. */
    awaitsModeration: p.boolean(),
    moderationReason: p.string().nullable(),
    moderatedAt: p.datetime().nullable(),
    moderatedBy: p.string().nullable(),
  },
  indexes: [
    { properties: ['productId', 'status', 'helpfulCount', '_id'] },
    { properties: ['productId', 'status', 'createdAt', '_id'] },
    { properties: ['productId', 'status', 'rating', '_id'] },
    { properties: ['merchantId', 'status', 'helpfulCount', '_id'] },
    { properties: ['merchantId', 'status', 'createdAt', '_id'] },
    { properties: ['merchantId', 'status', 'rating', '_id'] },
    { properties: ['authorId', 'createdAt', '_id'] },
    { options: { awaitsModeration: 1, reportCount: -1, createdAt: 1, _id: 1 } },
  ],
});

export class Review extends ReviewSchema.class {}
ReviewSchema.setClass(Review);

/** What a review or its reply said before it was changed. */
const ReviewRevisionSchema = defineEntity({
  name: 'ReviewRevision',
  properties: {
    ...baseProperties('reviewrev'),
    reviewId: p.string().index(),
    part: p.string().$type<'REVIEW' | 'REPLY'>(),
    content: p.json<Readonly<Record<string, unknown>>>(),
  },
});

export class ReviewRevision extends ReviewRevisionSchema.class {}
ReviewRevisionSchema.setClass(ReviewRevision);

/** One per review and voter; its id is made of both. */
const ReviewVoteSchema = defineEntity({
  name: 'ReviewVote',
  properties: {
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    reviewId: p.string().index(),
    vote: p.string().$type<'HELPFUL' | 'UNHELPFUL'>(),
  },
});

export class ReviewVote extends ReviewVoteSchema.class {}
ReviewVoteSchema.setClass(ReviewVote);

/** One per review and reporter; its id is made of both. */
const ReviewReportSchema = defineEntity({
  name: 'ReviewReport',
  properties: {
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    reviewId: p.string().index(),
    reporterId: p.string(),
    reason: p.string(),
    note: p.string().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

export class ReviewReport extends ReviewReportSchema.class {}
ReviewReportSchema.setClass(ReviewReport);
