import type { Config } from '#platform/config.ts';
import type { Calendar } from './calendar.ts';

/** What every part of the demo shop is made from, besides its numbers. */
export interface Demo {
  readonly config: Config;
  readonly calendar: Calendar;
  readonly passwordHash: string;
}

/** An entity as it lies in its collection: everything but the `id` that repeats its `_id`. */
export type Stored<T> = { [K in Exclude<keyof T & string, 'id'>]: T[K] };

export type EntityClass<T = object> = abstract new () => T;

export type DatabaseName = 'user' | 'product' | 'cart' | 'order-payment' | 'review' | 'sandbox';

export interface Written {
  readonly database: DatabaseName;
  /** An entity, or the name of a collection that is none. */
  readonly collection: EntityClass | string;
  readonly documents: readonly object[];
}

/** Documents of one kind, checked against their entity: whoever changes it is told here. */
export const stored = <T extends object>(database: DatabaseName, entity: EntityClass<T>, documents: readonly Stored<T>[]): Written => ({
  database,
  collection: entity,
  documents,
});

/** The same for collections that belong to no entity. */
export const rows = <T extends { readonly _id: string }>(database: DatabaseName, collection: string, documents: readonly T[]): Written => ({
  database,
  collection,
  documents,
});
