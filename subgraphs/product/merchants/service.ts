import type { EntityManager } from '@mikro-orm/mongodb';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Siblings } from '#platform/siblings.ts';
import { sessionOf } from '#platform/transaction.ts';
import { askMerchant } from '../siblings.ts';
import { MerchantStanding } from './entities.ts';

/** As events tell it, and as it is kept. */
export interface KeptStanding {
  readonly merchantId: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
}

export interface Standing extends KeptStanding {
  readonly countryCode: string;
}

/** Only these are bought from. */
export const isTrading = (status: string): boolean => status === 'ACTIVE';

/** Individuals' goods are looked at by staff before they are shown. */
export const needsReview = (kind: string): boolean => kind === 'INDIVIDUAL';

/**
 * Asks the owner of merchants, and keeps the answer where none is kept yet. What is kept already follows the events,
 * which come in order, while this answer may be older than the last of them.
 */
export async function currentStanding(em: EntityManager, siblings: Siblings, merchantId: string): Promise<Standing | null> {
  const merchant = await askMerchant(siblings, merchantId);
  if (!merchant) return null;
  const { slug, name, kind, status, countryCode } = merchant;
  await rawCollection(em, MerchantStanding).updateOne({ _id: merchantId }, { $setOnInsert: { slug, name, kind, status, decisions: 0 } }, { upsert: true });
  return { merchantId, slug, name, kind, status, countryCode };
}

/** As kept here, without asking: enough to know whose kind of review an edit needs. */
export async function keptStanding(em: EntityManager, merchantId: string): Promise<KeptStanding | null> {
  const [row] = await findRows(em, MerchantStanding, { _id: merchantId }, ['slug', 'name', 'kind', 'status']);
  return row ? { merchantId, slug: row.slug, name: row.name, kind: row.kind, status: row.status } : null;
}

/**
 * Whether the merchant trades, for a decision in this transaction: of this and a change of the standing at the same
 * time one is repeated.
 */
export async function isTradingFor(tx: EntityManager, merchantId: string): Promise<boolean> {
  const row = await rawCollection(tx, MerchantStanding).findOneAndUpdate(
    { _id: merchantId },
    { $inc: { decisions: 1 } },
    { ...sessionOf(tx), returnDocument: 'after' },
  );
  return row !== null && isTrading(String(row['status']));
}

/** Keeps what an event told. */
export async function keepStanding(tx: EntityManager, { merchantId, slug, name, kind, status }: KeptStanding): Promise<void> {
  await rawCollection(tx, MerchantStanding).updateOne(
    { _id: merchantId },
    { $set: { slug, name, kind, status }, $setOnInsert: { decisions: 0 } },
    { upsert: true, ...sessionOf(tx) },
  );
}

export async function merchantIdBySlug(em: EntityManager, slug: string): Promise<string | null> {
  const [row] = await findRows(em, MerchantStanding, { slug }, ['slug'], { limit: 1 });
  return row?.id ?? null;
}
