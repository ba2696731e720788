import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Category } from './entities.ts';

const FIELDS = ['slug', 'name', 'parentId', 'path', 'position', 'commissionRateBps'] as const;

export type CategoryRow = Awaited<ReturnType<typeof categoriesBy>>[number];

const categoriesBy = (em: EntityManager, filter: object) => findRows(em, Category, filter, FIELDS, { sort: { position: 1, _id: 1 } });

export function createLoaders(em: EntityManager) {
  return {
    category: oneByKey(
      (ids: readonly string[]) => categoriesBy(em, { _id: { $in: [...ids] } }),
      (category) => category.id,
    ),
    categoryBySlug: oneByKey(
      (slugs: readonly string[]) => categoriesBy(em, { slug: { $in: [...slugs] } }),
      (category) => category.slug,
    ),
    /** Of the roots by null. */
    categoriesByParent: manyByKey(
      (parentIds: readonly (string | null)[]) => categoriesBy(em, { parentId: { $in: [...parentIds] } }),
      (category) => category.parentId ?? null,
    ),
  };
}
