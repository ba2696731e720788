import type { EntityManager } from '@mikro-orm/mongodb';
import type { Document } from 'mongodb';
import type { Config } from '#platform/config.ts';
import { notFoundError, validationError, type UserErrorData } from '#platform/errors.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { askPayees } from './siblings.ts';
import type { Terms } from './domain.ts';
import { CommissionTerms, type StoredCommissionRate } from './entities.ts';

type Settings = Pick<Config, 'COMMISSION_RATE_BPS' | 'PAYMENT_FEE_BPS' | 'PAYMENT_FEE_FIXED'>;

/** Of a merchant's sales in one currency, by when they were paid. */
export async function termsOf(em: EntityManager, config: Settings, merchantId: string, currency: string): Promise<(paidAt: Date) => Terms> {
  const rates = await agreedRates(em, merchantId);
  const fee = { bps: config.PAYMENT_FEE_BPS, fixed: config.PAYMENT_FEE_FIXED[currency] ?? 0 };
  return (paidAt) => ({ commissionRateBps: rateAt(rates, paidAt) ?? config.COMMISSION_RATE_BPS, fee });
}

async function agreedRates(em: EntityManager, merchantId: string): Promise<readonly StoredCommissionRate[]> {
  const [terms] = await findRows(em, CommissionTerms, { _id: merchantId }, ['rates']);
  return terms?.rates ?? [];
}

/** The last one that was agreed by then; null for the platform's own. */
export const rateAt = (rates: readonly StoredCommissionRate[], at: Date): number | null => rates.findLast(({ since }) => since <= at)?.rateBps ?? null;

const HIGHEST_BPS = 10_000;

interface CommissionInput {
  readonly merchantId: string;
  readonly rateBps?: number | null | undefined;
}

/** From now on; what was paid before keeps the rate of its time. */
export async function setCommission(
  context: Context,
  { merchantId, rateBps }: CommissionInput,
): Promise<{ merchantId: string | null; userErrors: UserErrorData[] }> {
  const { em, siblings } = context;
  if (rateBps != null && (rateBps < 0 || rateBps > HIGHEST_BPS)) return refused(rateOutOfRange());
  if (!(await askPayees(siblings, [merchantId])).has(merchantId)) return refused(merchantNotFound(['input', 'merchantId']));
  const rate: StoredCommissionRate = { since: new Date(), rateBps: rateBps ?? null };
  const change: Document = { $push: { rates: rate } };
  await rawCollection(em, CommissionTerms).updateOne({ _id: merchantId }, change, { upsert: true });
  return { merchantId, userErrors: [] };
}

const refused = (problem: UserErrorData) => ({ merchantId: null, userErrors: [problem] });

const rateOutOfRange = () =>
  validationError(['input', 'rateBps'], {
    en: `Must be from 0 to ${HIGHEST_BPS} hundredths of a percent; null for the platform's own rate.`,
    zh: `须在 0 至 ${HIGHEST_BPS} 个基点之间；留空则使用平台默认费率。`,
  });

export const merchantNotFound = (path: readonly (string | number)[]) => notFoundError(path, { en: 'The merchant', zh: '该商户' });
