import type { Siblings } from '#platform/siblings.ts';

export interface TradingMerchant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly countryCode: string;
}

const TRADING_MERCHANTS = 'query TradingMerchants($ids: [ID!]!) { tradingMerchants(ids: $ids) { id slug name kind status countryCode } }';

/** How a merchant stands right now, as its owner subgraph has it; null when there is none. */
export async function askMerchant(siblings: Siblings, merchantId: string): Promise<TradingMerchant | null> {
  const { tradingMerchants } = await siblings.ask<{ tradingMerchants: (TradingMerchant | null)[] }>('user', TRADING_MERCHANTS, { ids: [merchantId] });
  return tradingMerchants[0] ?? null;
}
