import type { UserErrorData } from '#platform/errors.ts';
import { allocate, money } from '#platform/money.ts';
import type { StoredOrderLine } from '../orders/entities.ts';
import type { RefundType } from './entities.ts';
import { refundTooLow } from './errors.ts';
import { releasedOf } from './holdings.ts';
import type { Limits, Plan } from './plan.ts';

interface Granted {
  readonly lines: readonly StoredOrderLine[];
  readonly type: RefundType;
  readonly plan: Plan;
}

/**
 * Null when every unit that never leaves goes back at what was paid for it (or asked for): less may be granted for goods
 * that the buyer has, not for those that he neither gets nor is paid for.
 */
export function checkUnshipped({ lines, type, plan }: Granted, limits: Limits): UserErrorData | null {
  for (const [index, { orderLineId, quantity, amount }] of plan.lines.entries()) {
    const line = lines.find(({ id }) => id === orderLineId);
    const limit = limits.line(orderLineId);
    if (!line || !limit) continue;
    const released = releasedOf(line, quantity, type);
    const [least = 0] = allocate(limit.amountOf(quantity), [released, quantity - released]);
    if (amount < least) return refundTooLow(['input', 'lines', index, 'amount'], money(least, limits.currency));
  }
  return null;
}
