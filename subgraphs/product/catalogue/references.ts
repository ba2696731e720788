import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type UserErrorData } from '#platform/errors.ts';
import type { Identity } from '#platform/identity.ts';
import { findRows } from '#platform/rows.ts';
import { Category } from '../categories/entities.ts';
import { ownMedia } from '../media/loaders.ts';
import type { MediaItem } from './entities.ts';

type Path = readonly (string | number)[];
type Found<T> = { readonly found: T } | { readonly problems: UserErrorData[] };

/** The categories with all their ancestors. */
export async function categoryPathOf(em: EntityManager, categoryIds: readonly string[], path: Path): Promise<Found<string[]>> {
  const rows = categoryIds.length === 0 ? [] : await findRows(em, Category, { _id: { $in: [...categoryIds] } }, ['path']);
  const known = new Set(rows.map(({ id }) => id));
  const problems = categoryIds.flatMap((id, index) => (known.has(id) ? [] : [notFoundError([...path, index], { en: 'The category', zh: '该分类' })]));
  return problems.length > 0 ? { problems } : { found: [...new Set(rows.flatMap(({ id, path: ancestors }) => [...ancestors, id]))] };
}

/** Media for a product: those it has already, and pictures and videos that the caller uploaded for products. */
export async function mediaItemsOf(
  em: EntityManager,
  identity: Identity,
  ids: readonly string[],
  present: readonly MediaItem[],
  path: Path,
): Promise<Found<MediaItem[]>> {
  const kept = new Map(present.map((item) => [item.id, item]));
  const wanted = ids.filter((id) => !kept.has(id));
  const rows = await ownMedia(em, identity, wanted, 'PRODUCT');
  for (const row of rows) {
    if (row && row.kind !== 'DOCUMENT') kept.set(row.id, { id: row.id, kind: row.kind, width: row.width ?? null, height: row.height ?? null });
  }
  const problems = ids.flatMap((id, index) => (kept.has(id) ? [] : [notFoundError([...path, index], { en: 'The uploaded medium', zh: '该已上传的媒体' })]));
  return problems.length > 0 ? { problems } : { found: ids.flatMap((id) => kept.get(id) ?? []) };
}
