import { type Identity, userIdOf } from '#platform/identity.ts';
import type { Context } from '../context.ts';
import { isPubliclyKnown } from './domain.ts';
import type { Merchant } from './sources.ts';

/** The members see their merchant in any state, from the moment they are members; staff see all. */
function isInsider(identity: Identity, { members }: Merchant): boolean {
  if (identity.kind === 'staff' || identity.kind === 'system') return true;
  const userId = userIdOf(identity);
  return userId !== null && members.some((member) => member.userId === userId);
}

/** For who looks for a place to buy. */
export const shownTo = ({ identity }: Context, merchant: Merchant | null): Merchant | null =>
  merchant && (merchant.status === 'ACTIVE' || isInsider(identity, merchant)) ? merchant : null;

/** For who follows a reference, from an order or a product. */
export const knownTo = ({ identity }: Context, merchant: Merchant | null): Merchant | null =>
  merchant && (isPubliclyKnown(merchant.status) || isInsider(identity, merchant)) ? merchant : null;
