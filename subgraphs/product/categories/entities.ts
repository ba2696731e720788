import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { LocalizedText } from '../texts.ts';

const CategorySchema = defineEntity({
  name: 'Category',
  properties: {
    ...baseProperties('cat'),
    slug: p.string().unique(),
    name: p.json<LocalizedText>(),
    parentId: p.string().nullable(),
    /** Ids of the ancestors, the root first. */
    path: p.json<readonly string[]>(),
    position: p.integer(),
    commissionRateBps: p.integer().nullable(),
    /** Raised by each placement below it, so that of a placement and a move of this one at the same time one is repeated. */
    placements: p.integer().default(0),
  },
  indexes: [{ properties: ['parentId', 'position'] }, { properties: ['path'] }],
});

export class Category extends CategorySchema.class {}
CategorySchema.setClass(Category);
