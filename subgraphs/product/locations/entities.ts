import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';

export interface PostalAddress {
  readonly recipientName: string;
  readonly phone?: string | null | undefined;
  readonly company?: string | null | undefined;
  readonly countryCode: string;
  readonly region?: string | null | undefined;
  readonly city: string;
  readonly district?: string | null | undefined;
  readonly line1: string;
  readonly line2?: string | null | undefined;
  readonly postalCode?: string | null | undefined;
}

export interface OpeningHours {
  readonly dayOfWeek: number;
  readonly opens: string;
  readonly closes: string;
}

/** GeoJSON, longitude first. */
export interface Point {
  readonly type: 'Point';
  readonly coordinates: readonly [number, number];
}

const LocationSchema = defineEntity({
  name: 'Location',
  properties: {
    ...baseProperties('loc'),
    merchantId: p.string().index(),
    name: p.string(),
    address: p.json<PostalAddress>(),
    geo: p.json<Point>().nullable(),
    openingHours: p.json<readonly OpeningHours[]>(),
    timeZone: p.string(),
    offersPickup: p.boolean(),
    /** A closed shop keeps its stock, which nobody can buy. */
    isActive: p.boolean(),
  },
  indexes: [{ options: [{ geo: '2dsphere' }, { sparse: true }] }],
});

export class Location extends LocationSchema.class {}
LocationSchema.setClass(Location);
