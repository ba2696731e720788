import { newId } from '#platform/entity.ts';
import { lengthError, type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { type Money } from '#platform/money.ts';
import { findRows } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { askPayees } from './siblings.ts';
import { accountIdOf, book, onAccount, readAccount } from './accounts.ts';
import { LedgerEntry as EntryEntity } from './entities.ts';
import { ENTRY_FIELDS, type LedgerEntry } from './sources.ts';
import { merchantNotFound } from './terms.ts';

interface AdjustInput {
  readonly merchantId: string;
  readonly amount: Money;
  readonly note: string;
  readonly idempotencyKey: string;
}

interface Adjusted {
  readonly entry: LedgerEntry | null;
  readonly userErrors: UserErrorData[];
}

/** What no order, refund or payout says: the platform gives, or takes back. */
export async function adjustBalance(context: Context, { idempotencyKey: key, ...args }: AdjustInput): Promise<Adjusted> {
  const { em, identity, siblings } = context;
  const { merchantId, amount, note } = args;
  const problem =
    amount.amount === 0
      ? validationError(['input', 'amount'], { en: 'Must not be zero.', zh: '金额不能为零。' })
      : lengthError(['input', 'note'], note, { min: 1, max: 500 });
  if (problem) return refused(problem);
  if (!(await askPayees(siblings, [merchantId])).has(merchantId)) return refused(merchantNotFound(['input', 'merchantId']));

  const { amount: change, currency } = amount;
  const outcome = await idempotent<{ adjustmentId: string }>({ em, identity, field: 'balanceAdjust', key, args }, (complete) =>
    onAccount(em, accountIdOf(merchantId, currency), async (tx) => {
      const adjustmentId = newId('adjustment');
      await book(tx, await readAccount(tx, merchantId, currency), [
        { kind: 'ADJUSTMENT', amount: change, source: adjustmentId, at: new Date(), note: note.trim() },
      ]);
      await complete({ adjustmentId }, tx);
      return { adjustmentId };
    }),
  );
  if ('conflict' in outcome) return refused(outcome.conflict);
  const [entry] = await findRows(em, EntryEntity, { source: outcome.result.adjustmentId }, ENTRY_FIELDS);
  return { entry: entry ?? null, userErrors: [] };
}

const refused = (problem: UserErrorData): Adjusted => ({ entry: null, userErrors: [problem] });
