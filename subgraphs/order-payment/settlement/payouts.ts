import type { EntityManager } from '@mikro-orm/mongodb';
import { databaseClock } from '#platform/clock.ts';
import { newId } from '#platform/entity.ts';
import { type UserErrorData, validationError } from '#platform/errors.ts';
import { idempotent } from '#platform/idempotency.ts';
import { publish } from '#platform/outbox.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import type { Context } from '../context.ts';
import { askPayees } from './siblings.ts';
import { book, onAccount, readAccount } from './accounts.ts';
import { payableOf } from './balances.ts';
import { blockersOf, type Standing } from './domain.ts';
import { LedgerEntry, MerchantAccount as AccountEntity, Payout as PayoutEntity } from './entities.ts';
import { dateIn, dayAfter, startOfDay } from './periods.ts';
import { ACCOUNT_FIELDS, type HeldPayout, type MerchantAccount, type Payout, PAYOUT_FIELDS } from './sources.ts';
import { merchantNotFound } from './terms.ts';

interface RunInput {
  readonly periodEnd: string;
  readonly merchantIds?: readonly string[] | null | undefined;
  readonly dryRun?: boolean | undefined;
  readonly idempotencyKey: string;
}

interface RunOutcome {
  /** Null where nothing was run. */
  readonly payouts: Payout[] | null;
  readonly held: HeldPayout[];
  readonly userErrors: UserErrorData[];
}

/** Up to the end of a day. */
interface Period {
  readonly end: string;
  readonly cutoffAt: Date;
  readonly zone: string;
}

export const periodUntil = (end: string, zone: string): Period => ({ end, cutoffAt: startOfDay(dayAfter(end), zone), zone });

/** What a run did, as it is kept: ids. */
interface Ran {
  readonly payoutIds: string[];
  readonly held: HeldPayout[];
}

const refused = (problem: UserErrorData): RunOutcome => ({ payouts: null, held: [], userErrors: [problem] });

/**
 * Pays out what each merchant has available, once per merchant, currency and period, however many runs there are: a run that
 * comes again, or was killed in its middle, pays what is missing and answers all.
 */
export async function runPayouts(context: Context, input: RunInput): Promise<RunOutcome> {
  const { em, identity, loaders, config, wake } = context;
  const zone = config.SETTLEMENT_TIME_ZONE;
  if (input.periodEnd < FIRST_DAY) return refused(tooEarly());
  const period = periodUntil(input.periodEnd, zone);
  const now = await databaseClock(em.getConnection().getDb())();
  if (period.cutoffAt > now) return refused(notOver(input.periodEnd, zone));
  const payees = await payeesOf(context, input.merchantIds ?? null);
  const unknown = input.merchantIds?.findIndex((id) => !payees.standings.has(id)) ?? -1;
  if (unknown >= 0) return refused(merchantNotFound(['input', 'merchantIds', unknown]));
  if (input.dryRun !== false) return { ...(await carryOut(em, payees, period, plan)), userErrors: [] };

  const { idempotencyKey: key, ...args } = input;
  const outcome = await idempotent<Ran>({ em, identity, field: 'payoutRun', key, args }, async () => {
    const { payouts, held } = await payOutAll(em, payees, period);
    return { payoutIds: payouts.map(({ id }) => id), held };
  });
  if ('conflict' in outcome) return refused(outcome.conflict);
  wake();
  const found = await Promise.all(outcome.result.payoutIds.map((id) => loaders.payout.load(id)));
  return { payouts: found.filter((payout) => payout !== null), held: outcome.result.held, userErrors: [] };
}

/** Nothing was sold before. */
const FIRST_DAY = '1970-01-01';

const tooEarly = () => validationError(['input', 'periodEnd'], { en: `Must be ${FIRST_DAY} or later.`, zh: `不得早于 ${FIRST_DAY}。` });

const notOver = (periodEnd: string, zone: string) =>
  validationError(['input', 'periodEnd'], {
    en: `${periodEnd} is not over yet in ${zone}; name a day that is.`,
    zh: `${periodEnd} 在 ${zone} 时区尚未结束，请选择已结束的日期。`,
  });

export interface Payees {
  readonly accounts: readonly MerchantAccount[];
  readonly standings: ReadonlyMap<string, Standing>;
}

/** Who has something, or is named, and how they stand. */
async function payeesOf({ em, siblings }: Context, merchantIds: readonly string[] | null): Promise<Payees> {
  const named = merchantIds && { merchantId: { $in: [...merchantIds] } };
  const accounts = await findRows(em, AccountEntity, { ...named, balance: { $gt: 0 } }, ACCOUNT_FIELDS, { sort: { _id: 1 } });
  const ids = new Set([...(merchantIds ?? []), ...accounts.map(({ merchantId }) => merchantId)]);
  return { accounts, standings: await askPayees(siblings, [...ids]) };
}

/** What every payee has available at the end of the period: paid, or held. Repeatable. */
export const payOutAll = (em: EntityManager, payees: Payees, period: Period) => carryOut(em, payees, period, payOut);

const AT_ONCE = 8;

/** Account by account, a few side by side. */
async function carryOut(em: EntityManager, { accounts, standings }: Payees, period: Period, pay: Pay): Promise<{ payouts: Payout[]; held: HeldPayout[] }> {
  const payouts: Payout[] = [];
  const held: HeldPayout[] = [];
  const settle = async (account: MerchantAccount) => {
    const { merchantId, currency } = account;
    const standing = standings.get(merchantId);
    const blockers = standing ? blockersOf(standing) : ['MERCHANT_NOT_APPROVED'];
    if (blockers.length === 0) {
      const payout = await pay(em, account, period);
      if (payout) payouts.push(payout);
      return;
    }
    const amount = await payableOf(em, account, period.cutoffAt);
    if (amount > 0) held.push({ merchantId, amount, currency, blockers });
  };
  for (let from = 0; from < accounts.length; from += AT_ONCE) await Promise.all(accounts.slice(from, from + AT_ONCE).map(settle));
  return { payouts, held };
}

type Pay = (em: EntityManager, account: MerchantAccount, period: Period) => Promise<Payout | null>;

/** What would be paid; nothing is written. */
const plan: Pay = async (em, account, period) => {
  const { made, due } = await nextPayout(em, account, period);
  return made ?? due;
};

/** In one transaction the payout, its entry in the ledger and the event. The account as it is then decides, not as it was read. */
const payOut: Pay = (em, { id, merchantId, currency }, period) =>
  onAccount(em, id, async (tx) => {
    const account = await readAccount(tx, merchantId, currency);
    const { made, due } = await nextPayout(tx, account, period);
    if (due === null) return made;
    const { id: payoutId, ...payout } = due;
    await book(tx, account, [{ kind: 'PAYOUT', amount: -due.amount, source: payoutId, at: due.createdAt, payoutId }]);
    await rawCollection(tx, PayoutEntity).insertOne({ _id: payoutId, ...payout }, sessionOf(tx));
    await publish(tx, { topic: 'payout.created', subjectId: payoutId, data: { payoutId, merchantId, amount: due.amount, currency } });
    return due;
  });

/** The payout that was made for this period, or the one that is due; neither where there is nothing, or a later period was paid. */
async function nextPayout(em: EntityManager, account: MerchantAccount, { end, cutoffAt, zone }: Period): Promise<{ made: Payout | null; due: Payout | null }> {
  const { id: accountId, merchantId, currency } = account;
  const [last] = await findRows(em, PayoutEntity, { accountId, periodEnd: { $gte: end } }, PAYOUT_FIELDS, { sort: { periodEnd: 1 }, limit: 1 });
  if (last) return { made: last.periodEnd === end ? last : null, due: null };
  const amount = await payableOf(em, account, cutoffAt);
  if (amount === 0) return { made: null, due: null };
  const due: Payout = {
    id: newId('payout'),
    createdAt: new Date(),
    accountId,
    merchantId,
    currency,
    amount,
    status: 'CREATED',
    version: 1,
    periodStart: await periodStart(em, accountId, end, zone),
    periodEnd: end,
    cutoffAt,
    settledAt: null,
    failure: null,
  };
  return { made: null, due };
}

/** The day after the last period that was paid, or the day of the first entry; an adjustment is paid with a period that ended before it. */
async function periodStart(em: EntityManager, accountId: string, end: string, zone: string): Promise<string> {
  const [last] = await findRows(em, PayoutEntity, { accountId }, ['periodEnd'], { sort: { periodEnd: -1 }, limit: 1 });
  if (last) return dayAfter(last.periodEnd);
  const [first] = await findRows(em, LedgerEntry, { accountId }, ['at'], { sort: { sequence: 1 }, limit: 1 });
  const begun = dateIn(first?.at ?? new Date(), zone);
  return begun < end ? begun : end;
}
