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
  const problem = checkAmount(amount) ?? lengthError(['input', 'note'], note, { min: 1, max: 500 });
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

/** A larger one is a slip of the pen, and would leave no room in the account for what is sold afterwards. */
const MOST = 1_000_000_000_000;

const checkAmount = ({ amount }: Money): UserErrorData | null =>
  amount !== 0 && Math.abs(amount) <= MOST
    ? null
    : validationError(['input', 'amount'], {
        en: `Must be 1 to ${MOST} minor units, or as much below zero.`,
        zh: `须为 1 至 ${MOST} 个最小货币单位，或相应的负数。`,
      });

const refused = (problem: UserErrorData): Adjusted => ({ entry: null, userErrors: [problem] });
