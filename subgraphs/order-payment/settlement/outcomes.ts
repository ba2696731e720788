import { invalidStateError, lengthError, notFoundError, type UserErrorData, validationError } from '#platform/errors.ts';
import { publish } from '#platform/outbox.ts';
import { findRows, updateRow } from '#platform/rows.ts';
import type { EntityManager } from '@mikro-orm/mongodb';
import type { Context } from '../context.ts';
import { book, onAccount, readAccount } from './accounts.ts';
import { GIVEN_BACK, mayBecome, type PayoutOutcome, statusesBefore } from './domain.ts';
import { Payout as PayoutEntity, type StoredPayoutFailure } from './entities.ts';
import { type Payout, PAYOUT_FIELDS } from './sources.ts';

interface OutcomeInput {
  readonly payoutId: string;
  readonly outcome: PayoutOutcome;
  readonly at?: Date | null | undefined;
  readonly failure?: StoredPayoutFailure | null | undefined;
}

interface Recorded {
  readonly payout: Payout | null;
  readonly userErrors: UserErrorData[];
}

interface Bookkeeper {
  readonly em: EntityManager;
  readonly loaders: Pick<Context['loaders'], 'payout'>;
  readonly wake: () => void;
}

/** What the bank says of a payout. Money that did not arrive is the merchant's again, in the same transaction, once. */
export async function recordPayout({ em, loaders, wake }: Bookkeeper, input: OutcomeInput): Promise<Recorded> {
  const payout = await loaders.payout.load(input.payoutId);
  if (!payout) return refused(notFoundError(['input', 'payoutId'], { en: 'The payout', zh: '该笔结算款' }));
  const problem = checkTime(payout, input.at) ?? checkOutcome(input);
  if (problem) return refused(problem);
  const recorded = await onAccount(em, payout.accountId, (tx) => record(tx, input));
  wake();
  return recorded;
}

const refused = (problem: UserErrorData): Recorded => ({ payout: null, userErrors: [problem] });

/** Banks' clocks differ from ours, and some tell only the day. */
const AHEAD_MS = 5 * 60_000;
const BEHIND_MS = 24 * 3600_000;

function checkTime({ createdAt }: Payout, at: Date | null | undefined): UserErrorData | null {
  if (!at) return null;
  const path = ['input', 'at'];
  if (at.getTime() > Date.now() + AHEAD_MS) return validationError(path, { en: 'Must not be in the future.', zh: '时间不能晚于现在。' });
  return at.getTime() >= createdAt.getTime() - BEHIND_MS
    ? null
    : validationError(path, {
        en: `Must not be before the payout was made (${createdAt.toISOString()}).`,
        zh: `时间不能早于结算款创建时间（${createdAt.toISOString()}）。`,
      });
}

function checkOutcome({ outcome, failure }: OutcomeInput): UserErrorData | null {
  if (GIVEN_BACK.includes(outcome) !== (failure != null)) {
    return validationError(['input', 'failure'], {
      en: 'Say why where the money did not arrive (FAILED, REVERSED), and only there.',
      zh: '仅当款项未到账（FAILED、REVERSED）时须填写原因。',
    });
  }
  return (
    lengthError(['input', 'failure', 'code'], failure?.code, { min: failure ? 1 : 0, max: 64 }) ??
    lengthError(['input', 'failure', 'message'], failure?.message, { min: failure ? 1 : 0, max: 500 })
  );
}

async function record(tx: EntityManager, { payoutId, outcome, at: told, failure }: OutcomeInput): Promise<Recorded> {
  const [payout] = await findRows(tx, PayoutEntity, { _id: payoutId }, PAYOUT_FIELDS);
  if (!payout) throw new Error(`the payout ${payoutId} is gone`);
  if (payout.status === outcome) return { payout, userErrors: [] };
  if (!mayBecome(payout.status, outcome)) return { payout, userErrors: [invalidStateError(['input', 'outcome'], payout.status, statusesBefore(outcome))] };
  const at = told ?? new Date();
  const moved = await updateRow(
    tx,
    PayoutEntity,
    { _id: payoutId, version: payout.version },
    { $set: { status: outcome, failure: failure ?? null, ...(outcome === 'SETTLED' && { settledAt: at }) }, $inc: { version: 1 } },
    PAYOUT_FIELDS,
  );
  if (!moved) throw new Error(`the payout ${payoutId} changed inside the transaction that read it`);
  const { merchantId, amount, currency } = moved;
  if (GIVEN_BACK.includes(outcome)) {
    const account = await readAccount(tx, merchantId, currency);
    await book(tx, account, [{ kind: 'PAYOUT_REVERSAL', amount, source: payoutId, at, payoutId }]);
  }
  await publish(tx, { topic: `payout.${outcome.toLowerCase()}`, subjectId: payoutId, data: { payoutId, merchantId, amount, currency } });
  return { payout: moved, userErrors: [] };
}
