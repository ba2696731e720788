import type { Siblings } from '#platform/siblings.ts';

/** How a merchant stands that is to be paid. */
export interface Payee {
  id: string;
  status: string;
  payoutAccountStatus: string;
}

const PAYEES_AT_ONCE = 200;

export async function askPayees(siblings: Siblings, ids: readonly string[]): Promise<Map<string, Payee>> {
  const query = 'query Payees($ids: [ID!]!) { tradingMerchants(ids: $ids) { id status payoutAccountStatus } }';
  const payees = new Map<string, Payee>();
  for (let from = 0; from < ids.length; from += PAYEES_AT_ONCE) {
    const { tradingMerchants } = await siblings.ask<{ tradingMerchants: (Payee | null)[] }>('user', query, { ids: ids.slice(from, from + PAYEES_AT_ONCE) });
    for (const payee of tradingMerchants) if (payee) payees.set(payee.id, payee);
  }
  return payees;
}
