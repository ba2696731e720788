import type { Siblings } from '#platform/siblings.ts';

const DISPLAY_NAMES = 'query DisplayNames($ids: [ID!]!) { displayNames(ids: $ids) }';
const OWNED_MEDIA = 'query OwnedMedia($ids: [ID!]!) { ownedMedia(ids: $ids, purpose: REVIEW) { id kind } }';

/** The name under which an account is shown; null for none. */
export async function displayNameOf(siblings: Siblings, userId: string): Promise<string | null> {
  const { displayNames } = await siblings.ask<{ displayNames: (string | null)[] }>('user', DISPLAY_NAMES, { ids: [userId] });
  return displayNames[0] ?? null;
}

/** Those of the ids that are pictures which the caller uploaded for a review. */
export async function ownedPictures(siblings: Siblings, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { ownedMedia } = await siblings.ask<{ ownedMedia: ({ id: string; kind: string } | null)[] }>('product', OWNED_MEDIA, { ids });
  return new Set(ownedMedia.flatMap((media) => (media?.kind === 'IMAGE' ? [media.id] : [])));
}
