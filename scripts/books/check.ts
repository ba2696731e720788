import type { Db, Document } from 'mongodb';

/** One invariant, over how many things it was checked, and which break it. */
export interface BookCheck {
  readonly invariant: string;
  readonly checked: number;
  readonly violations: number;
  /** Up to five of them, with the figures that disagree. */
  readonly examples: readonly unknown[];
}

/** A subgraph's database by the subgraph's name. */
export type Databases = (name: string) => Db;

export const SUBGRAPHS = ['user', 'product', 'cart', 'order-payment', 'review'] as const;

const EXAMPLES = 5;

export const report = (invariant: string, checked: number, broken: readonly unknown[]): BookCheck => ({
  invariant,
  checked,
  violations: broken.length,
  examples: broken.slice(0, EXAMPLES),
});

/** Documents that a pipeline leaves over are violations; the count is of the collection. */
export async function violations(database: Db, collection: string, invariant: string, pipeline: Document[]): Promise<BookCheck> {
  const checked = await database.collection(collection).countDocuments();
  return report(invariant, checked, await database.collection(collection).aggregate(pipeline, { allowDiskUse: true }).toArray());
}

export const anyOf = (...conditions: unknown[]): Document => ({ $expr: { $or: conditions } });
