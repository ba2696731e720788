import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { MediaKind, MediaPurpose } from './domain.ts';

const MediaSchema = defineEntity({
  name: 'Media',
  properties: {
    ...baseProperties('media'),
    /** Who uploads it, as `principalOf` names them. */
    owner: p.string(),
    purpose: p.string().$type<MediaPurpose>(),
    filename: p.string(),
    mimeType: p.string(),
    byteSize: p.integer(),
    sha256: p.string(),
    kind: p.string().$type<MediaKind>(),
    /** Of the picture as it is served, upright; null where it is none. */
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    /** Null until its bytes have arrived and were accepted. */
    acceptedAt: p.datetime().nullable(),
    /** When a promise of an upload lapses; null once it was kept. */
    expiresAt: p.datetime().nullable(),
  },
  indexes: [{ properties: ['expiresAt'], options: { expireAfterSeconds: 0 } }],
});

export class Media extends MediaSchema.class {}
MediaSchema.setClass(Media);
