import type { EntityManager } from '@mikro-orm/mongodb';
import { type Identity, principalOf } from '#platform/identity.ts';
import { findRows } from '#platform/rows.ts';
import type { MediaPurpose } from './domain.ts';
import { Media } from './entities.ts';

const FIELDS = ['purpose', 'kind', 'width', 'height'] as const;

export type MediaRow = Pick<Media, (typeof FIELDS)[number]> & { readonly id: string };

/** Those of the given media that the caller has uploaded for this purpose, in the given order; null for others. */
export async function ownMedia(em: EntityManager, identity: Identity, ids: readonly string[], purpose: MediaPurpose): Promise<(MediaRow | null)[]> {
  if (ids.length === 0) return [];
  const rows: MediaRow[] = await findRows(em, Media, { _id: { $in: [...ids] }, owner: principalOf(identity), purpose, acceptedAt: { $ne: null } }, FIELDS);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
