import type { Connection } from '#platform/pagination.ts';
import type {
  LedgerEntry as LedgerEntryEntity,
  MerchantAccount as MerchantAccountEntity,
  OrderSettlement as OrderSettlementEntity,
  Payout as PayoutEntity,
} from './entities.ts';

export const ACCOUNT_FIELDS = ['merchantId', 'currency', 'sequence', 'balance', 'lastAt', 'pending'] as const satisfies (keyof MerchantAccountEntity)[];

export const ENTRY_FIELDS = [
  'currency',
  'sequence',
  'merchantId',
  'kind',
  'amount',
  'balanceAfter',
  'orderId',
  'refundId',
  'payoutId',
  'note',
  'at',
] as const satisfies (keyof LedgerEntryEntity)[];

export const SETTLEMENT_FIELDS = [
  'accountId',
  'currency',
  'gross',
  'platformDiscount',
  'platformDiscountReversed',
  'commissionRateBps',
  'commission',
  'commissionReversed',
  'paymentFee',
  'refunded',
  'net',
  'refundIds',
  'availableAt',
] as const satisfies (keyof OrderSettlementEntity)[];

export const PAYOUT_FIELDS = [
  'createdAt',
  'accountId',
  'merchantId',
  'currency',
  'amount',
  'status',
  'version',
  'periodStart',
  'periodEnd',
  'cutoffAt',
  'settledAt',
  'failure',
] as const satisfies (keyof PayoutEntity)[];

/** A reference, with what `payoutEligibility` requires where that was asked for. */
export interface Merchant {
  readonly id: string;
  readonly status?: string;
  readonly payoutAccountStatus?: string | null;
  readonly settlementCurrency?: string;
}

/** What the resolvers of each type start from. */
export type MerchantAccount = Pick<MerchantAccountEntity, (typeof ACCOUNT_FIELDS)[number]> & { readonly id: string };
export type LedgerEntry = Pick<LedgerEntryEntity, (typeof ENTRY_FIELDS)[number]> & { readonly id: string };
export type OrderSettlement = Pick<OrderSettlementEntity, (typeof SETTLEMENT_FIELDS)[number]> & { readonly id: string };
export type Payout = Pick<PayoutEntity, (typeof PAYOUT_FIELDS)[number]> & { readonly id: string };
export type LedgerConnection = Connection<LedgerEntry>;
export type PayoutConnection = Connection<Payout>;

export interface MerchantBalance {
  readonly currency: string;
  readonly pending: number;
  readonly available: number;
  readonly reserved: number;
  readonly owed: number;
}

/** Money that a run did not pay out, and why. */
export interface HeldPayout {
  readonly merchantId: string;
  readonly amount: number;
  readonly currency: string;
  readonly blockers: string[];
}
