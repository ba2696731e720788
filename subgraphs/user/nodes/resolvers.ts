import type { Resolvers } from '../schema.generated.ts';
import { findNode, findNodes } from './service.ts';

export const nodeResolvers = {
  Query: {
    node: (_root, { id }, context) => findNode(context, id),
    nodes: (_root, { ids }, context) => findNodes(context, ids),
  },
} satisfies Resolvers;
