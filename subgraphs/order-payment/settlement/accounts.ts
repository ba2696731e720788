import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { minorUnits } from '#platform/money.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { turns } from '#platform/turns.ts';
import { COUNTER_ACCOUNT, type Posting } from './domain.ts';
import { LedgerEntry, MerchantAccount as AccountEntity } from './entities.ts';
import { ACCOUNT_FIELDS, type MerchantAccount } from './sources.ts';

export const accountIdOf = (merchantId: string, currency: string): string => `${merchantId}|${currency}`;

/** A posting with what it is for. */
export interface Booking extends Posting {
  readonly source: string;
  readonly at: Date;
  readonly orderId?: string;
  readonly refundId?: string;
  readonly payoutId?: string;
  readonly note?: string;
}

const TRIES = 5;

/**
 * Runs a transaction that books on one account. Within this process they queue for it; with another process's they meet in
 * conflict and run again. Two that open the same account at once meet at its id.
 */
export function onAccount<T>(em: EntityManager, accountId: string, body: (tx: EntityManager) => Promise<T>): Promise<T> {
  const attempt = async (left: number): Promise<T> => {
    try {
      return await transaction(em, body);
    } catch (error) {
      if (left === 0 || !isDuplicateKey(error)) throw error;
      return attempt(left - 1);
    }
  };
  return turns.inTurn([`account|${accountId}`], () => attempt(TRIES));
}

/** As it stands in this transaction; one on which nothing was booked yet is empty. */
export async function readAccount(tx: EntityManager, merchantId: string, currency: string): Promise<MerchantAccount> {
  const id = accountIdOf(merchantId, currency);
  const [account] = await findRows(tx, AccountEntity, { _id: id }, ACCOUNT_FIELDS);
  return account ?? { id, merchantId, currency, sequence: 0, balance: 0, pending: 0, lastAt: new Date(0) };
}

/** Writes the bookings behind the last entry of the account, and the account as it is after them. */
export async function book(tx: EntityManager, account: MerchantAccount, bookings: readonly Booking[], pendingChange = 0): Promise<void> {
  if (bookings.length === 0 && pendingChange === 0) return;
  const createdAt = new Date();
  let { sequence, balance, lastAt } = account;
  const entries = bookings.map(({ kind, amount, source, at, orderId, refundId, payoutId, note }) => {
    sequence += 1;
    balance = minorUnits(balance + amount);
    const happened = at < createdAt ? at : createdAt;
    lastAt = happened > lastAt ? happened : lastAt;
    return {
      _id: newId('entry'),
      createdAt,
      accountId: account.id,
      merchantId: account.merchantId,
      currency: account.currency,
      sequence,
      kind,
      amount,
      balanceAfter: balance,
      counterAccount: COUNTER_ACCOUNT[kind],
      counterAmount: -amount,
      source,
      orderId: orderId ?? null,
      refundId: refundId ?? null,
      payoutId: payoutId ?? null,
      note: note ?? null,
      at: lastAt,
    };
  });
  await moveAccount(tx, account, { sequence, balance, lastAt, pending: account.pending + pendingChange });
  if (entries.length > 0) await rawCollection(tx, LedgerEntry).insertMany(entries, sessionOf(tx));
}

/** First of all: whoever loses the race for the account has written nothing yet. */
async function moveAccount(
  tx: EntityManager,
  { id, merchantId, currency, sequence }: MerchantAccount,
  set: Pick<MerchantAccount, 'sequence' | 'balance' | 'lastAt' | 'pending'>,
): Promise<void> {
  const accounts = rawCollection(tx, AccountEntity);
  if (sequence === 0) {
    await accounts.insertOne({ _id: id, merchantId, currency, ...set }, sessionOf(tx));
    return;
  }
  const { matchedCount } = await accounts.updateOne({ _id: id, sequence }, { $set: set }, sessionOf(tx));
  if (matchedCount === 0) throw new Error(`the account ${id} changed inside the transaction that read it`);
}
