import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import type { Resolvers } from '../schema.generated.ts';
import { addressOf } from './addresses.ts';
import type { MediaPurpose } from './domain.ts';
import { Media } from './entities.ts';
import { ownMedia } from './loaders.ts';
import { createUpload } from './service.ts';

async function ownedMedia({ em, identity, config }: Context, ids: readonly string[], purpose: MediaPurpose) {
  const rows = await ownMedia(em, identity, ids, purpose);
  return rows.flatMap((row) =>
    row ? [{ id: row.id, kind: row.kind, width: row.width ?? null, height: row.height ?? null, url: addressOf(config, row, Date.now()) }] : [],
  );
}

async function mediaAddresses({ em, config }: Context, ids: readonly string[]): Promise<(string | null)[]> {
  const rows = await findRows(em, Media, { _id: { $in: [...ids] }, acceptedAt: { $ne: null } }, ['purpose']);
  const addresses = new Map(rows.map((row) => [row.id, addressOf(config, row, Date.now())]));
  return ids.map((id) => addresses.get(id) ?? null);
}

export const media = {
  Query: {
    ownedMedia: (_root, { ids, purpose }, context) => ownedMedia(context, ids, purpose),
    mediaAddresses: (_root, { ids }, context) => mediaAddresses(context, ids),
  },
  Mutation: {
    mediaUploadCreate: (_root, { input }, context) => createUpload(context, input),
  },
} satisfies Resolvers;
