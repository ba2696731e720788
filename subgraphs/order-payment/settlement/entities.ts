import { defineEntity, p } from '@mikro-orm/core';
import { baseProperties } from '#platform/entity.ts';
import type { CounterAccount, LedgerEntryKind, PayoutStatus } from './domain.ts';

/** What the platform owes one merchant in one currency. Changed only together with the ledger, of which it is the last line. */
const MerchantAccountSchema = defineEntity({
  name: 'MerchantAccount',
  indexes: [{ options: { merchantId: 1 } }],
  properties: {
    /** `merchantId|currency` */
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    merchantId: p.string(),
    currency: p.string(),
    /** Of its last ledger entry. */
    sequence: p.integer(),
    balance: p.integer(),
    lastAt: p.datetime(),
    /** What of the balance is of orders that are not complete. */
    pending: p.integer(),
  },
});

export class MerchantAccount extends MerchantAccountSchema.class {}
MerchantAccountSchema.setClass(MerchantAccount);

/** A double entry, never changed: what it adds to the merchant's account it takes from the other side. */
const LedgerEntrySchema = defineEntity({
  name: 'LedgerEntry',
  indexes: [
    // What happened is posted once, however often it is told.
    { options: [{ source: 1, kind: 1 }, { unique: true }] },
    { options: [{ accountId: 1, sequence: 1 }, { unique: true }] },
    { options: { merchantId: 1, at: -1, sequence: -1, _id: -1 } },
  ],
  properties: {
    ...baseProperties('entry'),
    accountId: p.string(),
    merchantId: p.string(),
    currency: p.string(),
    /** Gap-free per account, from 1. */
    sequence: p.integer(),
    kind: p.string().$type<LedgerEntryKind>(),
    amount: p.integer(),
    balanceAfter: p.integer(),
    counterAccount: p.string().$type<CounterAccount>(),
    counterAmount: p.integer(),
    /** What it is posted for: an order, a refund, a payout or an adjustment. */
    source: p.string(),
    orderId: p.string().strictNullable(),
    refundId: p.string().strictNullable(),
    payoutId: p.string().strictNullable(),
    note: p.string().strictNullable(),
    /** When it happened, but never before the entry that it follows. */
    at: p.datetime(),
  },
});

export class LedgerEntry extends LedgerEntrySchema.class {}
LedgerEntrySchema.setClass(LedgerEntry);

/** What an order has brought its merchant: the sums of its ledger entries. Its id is the order's. */
const OrderSettlementSchema = defineEntity({
  name: 'OrderSettlement',
  indexes: [{ options: { accountId: 1, availableAt: 1 } }],
  properties: {
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    accountId: p.string(),
    currency: p.string(),
    gross: p.integer(),
    platformDiscount: p.integer(),
    platformDiscountReversed: p.integer(),
    commissionRateBps: p.integer(),
    commission: p.integer(),
    commissionReversed: p.integer(),
    paymentFee: p.integer(),
    refunded: p.integer(),
    net: p.integer(),
    /** Which refunds are in it. */
    refundIds: p.json<string[]>(),
    availableAt: p.datetime().strictNullable(),
  },
});

export class OrderSettlement extends OrderSettlementSchema.class {}
OrderSettlementSchema.setClass(OrderSettlement);

export interface StoredPayoutFailure {
  readonly code: string;
  readonly message: string;
}

/** Money on its way to a merchant. The bank is outside: what became of it is told. */
const PayoutSchema = defineEntity({
  name: 'Payout',
  indexes: [
    { options: [{ accountId: 1, periodEnd: 1 }, { unique: true }] },
    { options: { merchantId: 1, createdAt: -1, _id: -1 } },
    { options: { status: 1, _id: 1 } },
  ],
  properties: {
    ...baseProperties('payout'),
    accountId: p.string(),
    merchantId: p.string(),
    currency: p.string(),
    amount: p.integer(),
    status: p.string().$type<PayoutStatus>(),
    version: p.integer(),
    periodStart: p.string(),
    periodEnd: p.string(),
    /** Its period's last instant: what became available before it is in it. */
    cutoffAt: p.datetime(),
    settledAt: p.datetime().strictNullable(),
    failure: p.json<StoredPayoutFailure>().strictNullable(),
  },
});

export class Payout extends PayoutSchema.class {}
PayoutSchema.setClass(Payout);

export interface StoredCommissionRate {
  readonly since: Date;
  /** Null: the platform's own again. */
  readonly rateBps: number | null;
}

/** What was agreed with one merchant. Its id is the merchant's. */
const CommissionTermsSchema = defineEntity({
  name: 'CommissionTerms',
  properties: {
    _id: p.string().primary(),
    id: p.string().serializedPrimaryKey().persist(false),
    rates: p.json<StoredCommissionRate[]>(),
  },
});

export class CommissionTerms extends CommissionTermsSchema.class {}
CommissionTermsSchema.setClass(CommissionTerms);
