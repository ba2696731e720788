import { invalidStateError, lengthError, notFoundError, type UserErrorData, validationError, versionConflictError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { mayFor } from '#platform/identity.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { merchantNotFound, PAYOUT_ACCOUNT_TRANSITIONS, type PayoutAccountDecision, reasonProblem } from './domain.ts';
import { Merchant, type StoredPayoutAccount } from './entities.ts';

interface SetInput {
  readonly merchantId: string;
  readonly provider: string;
  readonly providerToken: string;
  readonly currency: string;
  readonly idempotencyKey: string;
}

interface ReviewInput {
  readonly merchantId: string;
  readonly decision: PayoutAccountDecision;
  readonly expectedVersion: number;
  readonly reason: string;
}

const refused = (problem: UserErrorData) => ({ merchant: null, userErrors: [problem] });

/** Where payouts go from now on. Nobody is paid there until staff have verified it. */
export async function setPayoutAccount(context: Context, { idempotencyKey: key, ...args }: SetInput) {
  const { em, identity } = context;
  const { merchantId } = args;
  if (!mayFor(identity, merchantId, 'merchant:payouts')) return refused(merchantNotFound(['input', 'merchantId']));
  const problem = accountProblem(args);
  if (problem) return refused(problem);
  const outcome = await idempotent<{ isKnown: boolean }>({ em, identity, field: 'payoutAccountSet', key, args }, async () => ({
    isKnown: await writeAccount(context, args),
  }));
  if ('conflict' in outcome) return refused(outcome.conflict);
  return outcome.result.isKnown ? answer(context, merchantId) : refused(merchantNotFound(['input', 'merchantId']));
}

function accountProblem({ provider, providerToken }: Pick<SetInput, 'provider' | 'providerToken'>): UserErrorData | null {
  if (!/^[a-z0-9][a-z0-9_-]{0,31}$/.test(provider)) {
    return validationError(['input', 'provider'], {
      en: 'A provider has 1 to 32 lower-case letters, digits, - and _, e.g. "bank" or "stripe".',
      zh: '服务商须为 1 至 32 个小写字母、数字、- 或 _，例如 “bank”、“stripe”。',
    });
  }
  if (/^[\d\s-]+$/.test(providerToken)) {
    return validationError(['input', 'providerToken'], {
      en: "This looks like an account number; send the token that the provider's form has returned.",
      zh: '这看起来像账号，请提交服务商表单返回的令牌。',
    });
  }
  return lengthError(['input', 'providerToken'], providerToken, { min: 8, max: 200 });
}

const SHOWN = 4;

async function writeAccount({ em }: Context, { merchantId, provider, providerToken, currency }: Omit<SetInput, 'idempotencyKey'>): Promise<boolean> {
  const account: Omit<StoredPayoutAccount, 'version'> = {
    provider,
    token: providerToken,
    maskedAccount: `•••• ${providerToken.slice(-SHOWN)}`,
    currency,
    status: 'PENDING',
    statusReason: null,
  };
  const { matchedCount } = await rawCollection(em, Merchant).updateOne({ _id: merchantId }, [
    { $set: { payoutAccount: { ...asLiterals(account), version: { $add: [{ $ifNull: ['$payoutAccount.version', 0] }, 1] } } } },
  ]);
  return matchedCount === 1;
}

/** Inside a pipeline what people type could be read as an expression. */
const asLiterals = (fields: object) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));

/** Staff have compared it with the merchant's papers, or have found something wrong with it. */
export async function reviewPayoutAccount(context: Context, { merchantId, decision, expectedVersion, reason }: ReviewInput) {
  const problem = reasonProblem(reason);
  if (problem) return refused(problem);
  const { from, to } = PAYOUT_ACCOUNT_TRANSITIONS[decision];
  const { matchedCount } = await rawCollection(context.em, Merchant).updateOne(
    { _id: merchantId, 'payoutAccount.version': expectedVersion, 'payoutAccount.status': { $in: from } },
    { $set: { 'payoutAccount.status': to, 'payoutAccount.statusReason': reason.trim() }, $inc: { 'payoutAccount.version': 1 } },
  );
  if (matchedCount === 1) return answer(context, merchantId);
  const [current] = await findRows(context.em, Merchant, { _id: merchantId }, ['payoutAccount']);
  const account = current?.payoutAccount;
  if (!account) return refused(current ? notFoundError(['input', 'merchantId'], ACCOUNT) : merchantNotFound(['input', 'merchantId']));
  if (account.version !== expectedVersion) return refused(versionConflictError(['input', 'expectedVersion'], account.version));
  return refused(invalidStateError(['input', 'decision'], account.status, from));
}

const ACCOUNT = { en: 'The payout account', zh: '结算账户' };

async function answer({ loaders }: Context, merchantId: string) {
  return { merchant: await loaders.merchant.clear(merchantId).load(merchantId), userErrors: [] };
}
