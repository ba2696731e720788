import type { Document } from 'mongodb';
import type { Connection } from '#platform/pagination.ts';
import type { Merchant as StoredMerchant, StoredPayoutAccount, StoredRefundPolicy } from './entities.ts';
import type { MERCHANT_FIELDS } from './loaders.ts';

export type Merchant = Pick<StoredMerchant, (typeof MERCHANT_FIELDS)[number]> & { readonly id: string };
export type TradingMerchant = Merchant;
export type RefundPolicy = StoredRefundPolicy;
export type PayoutAccount = StoredPayoutAccount;

/** A page, and what was asked for, so that it is counted only for who wants to know. */
export interface MerchantConnection extends Connection<Merchant> {
  readonly filter: Document;
}
