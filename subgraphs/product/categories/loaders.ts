import type { EntityManager } from '@mikro-orm/mongodb';
import { manyByKey, oneByKey } from '#platform/loaders.ts';
import { findRows } from '#platform/rows.ts';
import { Category } from './entities.ts';

const FIELDS = ['slug', 'name', 'parentId', 'path', 'position', 'commissionRateBps'] as const;

/** The key under which the roots are loaded: a loader's key cannot be null. */
export const ROOTS = '';

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
    categoriesByParent: manyByKey(
      (parentIds: readonly string[]) => categoriesBy(em, { parentId: { $in: parentIds.map((id) => (id === ROOTS ? null : id)) } }),
      (category) => category.parentId ?? ROOTS,
    ),
  };
}
