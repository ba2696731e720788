import type { Stores } from './stores.ts';

/** What is known of an earlier filling. It lies in a database of its own, as nothing of the shop. */
export interface ShopMark {
  readonly _id: 'shop';
  /** The moment that all dates are told from. */
  readonly now: Date;
  readonly blocks: number;
  readonly filledAt: Date | null;
}

/** A part that lies in the databases completely. */
interface PartMark {
  readonly _id: string;
  readonly at: Date;
}

export const marksOf = (stores: Stores) => ({
  shop: stores.database('demo').collection<ShopMark>('shop'),
  parts: stores.database('demo').collection<PartMark>('parts'),
});
