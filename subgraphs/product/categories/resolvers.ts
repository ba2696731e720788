import { freshLoaders } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { textIn } from '../texts.ts';
import { type CategoryRow, ROOTS } from './loaders.ts';
import { upsertCategory } from './service.ts';

const present = (categories: readonly (CategoryRow | null)[]): CategoryRow[] => categories.filter((category) => category !== null);

export const categories = {
  Query: {
    category: (_root, { id }, { loaders }) => loaders.category.load(id),
    categoryBySlug: (_root, { slug }, { loaders }) => loaders.categoryBySlug.load(slug),
    categories: (_root, { parentId }, { loaders }) => loaders.categoriesByParent.load(parentId ?? ROOTS),
  },
  Mutation: {
    categoryUpsert: async (_root, { input }, context) => {
      const { categoryId, userErrors } = await upsertCategory(context, input);
      freshLoaders(context);
      return { category: categoryId === null ? null : await context.loaders.category.load(categoryId), userErrors };
    },
  },
  Category: {
    __resolveReference: ({ id }, { loaders }) => loaders.category.load(id),
    name: ({ name }, { locale }, { request }) => textIn(name, locale ?? request.locale),
    parent: ({ parentId }, _args, { loaders }) => (parentId == null ? null : loaders.category.load(parentId)),
    ancestors: async ({ path }, _args, { loaders }) => present(await Promise.all(path.map((id) => loaders.category.load(id)))),
    children: ({ id }, _args, { loaders }) => loaders.categoriesByParent.load(id),
  },
} satisfies Resolvers;
