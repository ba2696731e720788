import { type BookCheck, type Databases } from './books/check.ts';
import { couponChecks } from './books/coupons.ts';
import { invoiceChecks } from './books/invoices.ts';
import { ledgerChecks } from './books/ledger.ts';
import { moneyChecks } from './books/money.ts';
import { popularityChecks } from './books/popularity.ts';
import { progressChecks } from './books/progress.ts';
import { purchaseChecks } from './books/purchases.ts';
import { ratingChecks } from './books/ratings.ts';
import { stockChecks } from './books/stock.ts';

export type { BookCheck, Databases } from './books/check.ts';

/** Verifies what must never break; nothing is changed. Meant for a shop at rest: what is under way is not yet wrong. */
export async function checkBooks(databases: Databases): Promise<BookCheck[]> {
  return Promise.all(
    [stockChecks, purchaseChecks, couponChecks, moneyChecks, ledgerChecks, invoiceChecks, progressChecks, ratingChecks, popularityChecks].flatMap((checks) =>
      checks(databases),
    ),
  );
}
