import { userIdOf } from '#platform/identity.ts';
import type { Resolvers } from '../schema.generated.ts';
import { listReviews } from './lists.ts';
import { createReview, deleteReview, updateReview } from './service.ts';
import { isConcerned, maySee, visibleOfAuthor, visibleOfMerchant, visibleOfProduct } from './visibility.ts';

const THUMBNAIL_WIDTH = 320;

export const resolvers = {
  Query: {
    review: async (_root, { id }, { loaders, identity }) => {
      const review = await loaders.review.load(id);
      return review && maySee(identity, review) ? review : null;
    },
  },
  Mutation: {
    reviewCreate: (_root, { input }, context) => createReview(context, input),
    reviewUpdate: (_root, { input }, context) => updateReview(context, input),
    reviewDelete: (_root, { id }, context) => deleteReview(context, id),
  },
  Review: {
    __resolveReference: async ({ id }, { loaders, identity }) => {
      const review = await loaders.review.load(id);
      return review && maySee(identity, review) ? review : null;
    },
    product: ({ productId }) => ({ id: productId }),
    variant: ({ variantId }) => ({ id: variantId }),
    merchant: ({ merchantId }) => ({ id: merchantId }),
    author: ({ authorId, authorName, anonymous }, _args, { identity }) =>
      authorName == null || (anonymous && userIdOf(identity) !== authorId) ? null : { id: authorId, displayName: authorName },
    images: ({ imageIds }) => imageIds.map((id) => ({ id })),
    orderLine: (review, _args, { identity }) => (isConcerned(identity, review) ? { id: review.orderLineId } : null),
  },
  ReviewImage: {
    url: ({ id }, _args, { config }) => `${config.publicUrl}/media/${id}`,
    thumbnailUrl: ({ id }, _args, { config }) => `${config.publicUrl}/media/${id}?width=${THUMBNAIL_WIDTH}`,
  },
  ReviewConnection: {
    totalCount: ({ countTotal }) => countTotal(),
  },
  ReviewPayload: {
    review: ({ reviewId }, _args, { loaders }) => (reviewId === null ? null : loaders.review.load(reviewId)),
  },
  AlreadyReviewedError: {
    review: ({ reviewId }, _args, { loaders }) => loaders.review.load(reviewId),
  },
  Product: {
    reviews: ({ id }, { sort, ...args }, context) => listReviews(context, { owner: 'productId', where: visibleOfProduct }, id, args, sort ?? 'MOST_HELPFUL'),
  },
  Merchant: {
    reviews: ({ id }, { sort, ...args }, context) =>
      listReviews(context, { owner: 'merchantId', where: visibleOfMerchant(context.identity, id) }, id, args, sort ?? 'NEWEST'),
  },
  User: {
    reviews: ({ id }, args, context) => listReviews(context, { owner: 'authorId', where: visibleOfAuthor(context.identity, id) }, id, args, 'NEWEST'),
  },
  OrderLine: {
    review: async ({ id }, _args, { loaders, identity }) => {
      const review = await loaders.reviewByOrderLine.load(id);
      return review && maySee(identity, review) ? review : null;
    },
  },
} satisfies Resolvers;
