import { money } from '#platform/money.ts';
import type { Context } from '../context.ts';
import { blockersOf } from './domain.ts';
import { dateIn, dayAfter, startOfDay } from './periods.ts';
import type { Merchant } from './sources.ts';

/** Whether the next run would pay the merchant, and how much. What is available today is in a period that ends today. */
export async function eligibility({ loaders, config }: Context, { id, status, payoutAccountStatus = null, settlementCurrency }: Merchant) {
  if (status === undefined || settlementCurrency === undefined) return null;
  const balances = await loaders.balancesByMerchant.load(id);
  const available = balances.find(({ currency }) => currency === settlementCurrency)?.available ?? 0;
  const hasAny = balances.some((balance) => balance.available > 0);
  const blockers = [...blockersOf({ status, payoutAccountStatus }), ...(hasAny ? [] : ['NOTHING_AVAILABLE'])];
  const zone = config.SETTLEMENT_TIME_ZONE;
  return {
    eligible: blockers.length === 0,
    blockers,
    nextPayoutAt: blockers.length === 0 ? startOfDay(dayAfter(dateIn(new Date(), zone)), zone) : null,
    estimatedAmount: money(available, settlementCurrency),
  };
}
