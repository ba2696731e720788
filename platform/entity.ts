import { p } from '@mikro-orm/core';
import { ulid } from 'ulid';

/** Type-prefixed, time-ordered, opaque: `review_01J…`. The prefix tells whose it is. */
export const newId = (prefix: string): string => `${prefix}_${ulid()}`;

/** The properties every document has. */
export const baseProperties = (prefix: string) => ({
  _id: p
    .string()
    .primary()
    .onCreate(() => newId(prefix)),
  id: p.string().serializedPrimaryKey().persist(false),
  createdAt: p.datetime().onCreate(() => new Date()),
});

/** A reference to an entity that another subgraph owns. */
export interface Stub {
  readonly id: string;
}
