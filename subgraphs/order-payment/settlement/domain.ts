import { minorUnits, sum } from '#platform/money.ts';

export const LEDGER_ENTRY_KINDS = [
  'SALE',
  'PLATFORM_DISCOUNT',
  'COMMISSION',
  'PAYMENT_FEE',
  'REFUND',
  'COMMISSION_REVERSAL',
  'ADJUSTMENT',
  'PAYOUT',
  'PAYOUT_REVERSAL',
] as const;

export type LedgerEntryKind = (typeof LEDGER_ENTRY_KINDS)[number];

/** On whose side a posting has its counter entry: the money at the providers and the bank, or what the platform earns and spends. */
export type CounterAccount = 'CASH' | 'PLATFORM';

/** Every kind moves money between the merchant and one other side; so all sides together are always zero. */
export const COUNTER_ACCOUNT = {
  SALE: 'CASH',
  PLATFORM_DISCOUNT: 'PLATFORM',
  COMMISSION: 'PLATFORM',
  PAYMENT_FEE: 'PLATFORM',
  REFUND: 'CASH',
  COMMISSION_REVERSAL: 'PLATFORM',
  ADJUSTMENT: 'PLATFORM',
  PAYOUT: 'CASH',
  PAYOUT_REVERSAL: 'CASH',
} as const satisfies Record<LedgerEntryKind, CounterAccount>;

/** What a posting adds to the merchant's account. */
export interface Posting {
  readonly kind: LedgerEntryKind;
  readonly amount: number;
}

/** What the platform takes of a sale. `fee` in the order's currency. */
export interface Terms {
  readonly commissionRateBps: number;
  readonly fee: { readonly bps: number; readonly fixed: number };
}

const WHOLE_BPS = 10_000;

/** `amount × numerator / denominator` to the nearest minor unit, a half to the even one; exact, with integers of any size in between. */
export function shareOf(amount: number, numerator: number, denominator: number): number {
  const product = BigInt(minorUnits(amount)) * BigInt(minorUnits(numerator));
  const divisor = BigInt(minorUnits(denominator));
  const whole = product / divisor;
  const twice = (product % divisor) * 2n;
  const isUp = twice > divisor || (twice === divisor && whole % 2n === 1n);
  return minorUnits(Number(isUp ? whole + 1n : whole));
}

/** What an order has brought its merchant so far. */
export interface OrderSums {
  /** What the buyer paid: goods and shipping. */
  readonly gross: number;
  /** What the platform's coupons paid of the order, and of that what it took back with refunds. */
  readonly platformDiscount: number;
  readonly platformDiscountReversed: number;
  readonly commissionRateBps: number;
  readonly commission: number;
  readonly commissionReversed: number;
  readonly paymentFee: number;
  readonly refunded: number;
}

export const netOf = ({ gross, platformDiscount, platformDiscountReversed, commission, commissionReversed, paymentFee, refunded }: OrderSums): number =>
  sum([gross, platformDiscount, -platformDiscountReversed, -commission, commissionReversed, -paymentFee, -refunded]);

export interface Sale {
  readonly total: number;
  readonly platformDiscount: number;
}

/** Commission is taken of goods and shipping, with what the platform's coupons paid of them; the fee of what the buyer paid, and never more than that. */
export function sell({ total, platformDiscount }: Sale, { commissionRateBps, fee }: Terms): { sums: OrderSums; postings: Posting[] } {
  const commission = shareOf(total + platformDiscount, commissionRateBps, WHOLE_BPS);
  const paymentFee = total === 0 ? 0 : Math.min(total, shareOf(total, fee.bps, WHOLE_BPS) + fee.fixed);
  const sums: OrderSums = {
    gross: total,
    platformDiscount,
    platformDiscountReversed: 0,
    commissionRateBps,
    commission,
    commissionReversed: 0,
    paymentFee,
    refunded: 0,
  };
  return {
    sums,
    postings: posted([
      { kind: 'SALE', amount: total },
      { kind: 'PLATFORM_DISCOUNT', amount: platformDiscount },
      { kind: 'COMMISSION', amount: -commission },
      { kind: 'PAYMENT_FEE', amount: -paymentFee },
    ]),
  };
}

export interface PaidBack {
  readonly amount: number;
  /** What is due back of the platform's discount with this refund and all before it. */
  readonly discountDue: number;
}

/**
 * A refund takes back its part of the platform's discount, and of the commission what was taken of both. It is told from
 * all refunds so far together, so that the parts sum to the whole when everything is refunded, to the minor unit. The fee
 * stays.
 */
export function payBack(before: OrderSums, { amount, discountDue }: PaidBack): { sums: OrderSums; postings: Posting[] } {
  const refunded = before.refunded + amount;
  const platformDiscountReversed = Math.min(before.platformDiscount, Math.max(before.platformDiscountReversed, discountDue));
  const earned = before.gross + before.platformDiscount;
  const commissionReversed = earned === 0 ? 0 : shareOf(before.commission, Math.min(earned, refunded + platformDiscountReversed), earned);
  const sums: OrderSums = { ...before, refunded, platformDiscountReversed, commissionReversed };
  return {
    sums,
    postings: posted([
      { kind: 'REFUND', amount: -amount },
      { kind: 'PLATFORM_DISCOUNT', amount: before.platformDiscountReversed - sums.platformDiscountReversed },
      { kind: 'COMMISSION_REVERSAL', amount: sums.commissionReversed - before.commissionReversed },
    ]),
  };
}

const posted = (postings: readonly Posting[]): Posting[] => postings.filter(({ amount }) => amount !== 0);

/** What an open request would take from the merchant if it were granted as it stands. */
export const atStake = (sums: OrderSums, held: PaidBack): number => Math.max(0, netOf(sums) - netOf(payBack(sums, held).sums));

/** What of an order's net is not the merchant's to have yet. A loss counts at once. */
export const pendingOf = (order: { readonly net: number; readonly availableAt: Date | null }): number =>
  order.availableAt === null ? Math.max(0, order.net) : 0;

/** `pending + available + reserved - owed = balance`, always. */
export function balanceOf({ balance, pending, reserved }: { balance: number; pending: number; reserved: number }) {
  const free = balance - pending;
  const held = Math.min(reserved, Math.max(0, free));
  return { pending, reserved: held, available: Math.max(0, free) - held, owed: Math.max(0, -free) };
}

export const PAYOUT_TRANSITIONS = {
  CREATED: ['SENT', 'FAILED'],
  SENT: ['SETTLED', 'FAILED'],
  SETTLED: ['REVERSED'],
  FAILED: [],
  REVERSED: [],
} as const satisfies Record<string, readonly string[]>;

export type PayoutStatus = keyof typeof PAYOUT_TRANSITIONS;
export type PayoutOutcome = Exclude<PayoutStatus, 'CREATED'>;

const isPayoutStatus = (status: string): status is PayoutStatus => status in PAYOUT_TRANSITIONS;
export const PAYOUT_STATUSES: readonly PayoutStatus[] = Object.keys(PAYOUT_TRANSITIONS).filter(isPayoutStatus);

export function mayBecome(from: PayoutStatus, to: PayoutStatus): boolean {
  const allowed: readonly PayoutStatus[] = PAYOUT_TRANSITIONS[from];
  return allowed.includes(to);
}

export const statusesBefore = (to: PayoutStatus): PayoutStatus[] => PAYOUT_STATUSES.filter((from) => mayBecome(from, to));

/** The money did not arrive: it is the merchant's again. */
export const GIVEN_BACK: readonly PayoutStatus[] = ['FAILED', 'REVERSED'];

export interface Standing {
  readonly status: string;
  readonly payoutAccountStatus: string | null;
}

const BLOCKED_BY_STATUS: Readonly<Record<string, string>> = {
  SUSPENDED: 'MERCHANT_SUSPENDED',
  UNDER_REVIEW: 'MERCHANT_NOT_APPROVED',
  REJECTED: 'MERCHANT_NOT_APPROVED',
};

const BLOCKED_BY_ACCOUNT: Readonly<Record<string, string>> = {
  NONE: 'PAYOUT_ACCOUNT_MISSING',
  PENDING: 'PAYOUT_ACCOUNT_UNVERIFIED',
  RESTRICTED: 'PAYOUT_ACCOUNT_RESTRICTED',
};

/** Why a merchant is not paid out, whatever it has. One that closed gets what it earned. */
export const blockersOf = ({ status, payoutAccountStatus }: Standing): string[] =>
  [BLOCKED_BY_STATUS[status], BLOCKED_BY_ACCOUNT[payoutAccountStatus ?? 'NONE']].filter((blocker) => blocker !== undefined);
