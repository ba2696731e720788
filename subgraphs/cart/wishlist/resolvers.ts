import { userIdOf } from '#platform/identity.ts';
import { connectionOf, type PageArgs, pageOf } from '#platform/pagination.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { Wish } from './entities.ts';
import { addToWishlist, removeFromWishlist } from './service.ts';

export const resolvers: Resolvers = {
  Mutation: {
    wishlistAdd: (_root, { productId }, context) => addToWishlist(context, productId),
    wishlistRemove: (_root, { productId }, context) => removeFromWishlist(context, productId),
  },
  User: {
    wishlist: ({ id }, args, context) => (id === userIdOf(context.identity) ? wishlistOf(context, id, args) : null),
  },
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    inMyWishlist: async ({ id }, _args, { identity, loaders }) => {
      const userId = userIdOf(identity);
      return userId === null ? null : (await loaders.wishesByProduct(userId).load(id)).length > 0;
    },
  },
};

async function wishlistOf({ em }: Context, userId: string, args: PageArgs) {
  const page = pageOf(args, 'wishlist', [{ field: '_id', direction: -1 }]);
  const rows = await findRows(em, Wish, { userId, ...page.filter }, ['productId', 'priceWhenAdded', 'createdAt'], { sort: page.sort, limit: page.limit });
  const { edges, nodes, pageInfo } = connectionOf(rows, page);
  return {
    edges: edges.map(({ cursor, node }) => ({ cursor, node: { id: node.productId }, addedAt: node.createdAt, priceWhenAdded: node.priceWhenAdded })),
    nodes: nodes.map(({ productId }) => ({ id: productId })),
    pageInfo,
  };
}
