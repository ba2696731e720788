import { describe, expect, test } from 'vitest';
import { autoApproveAt, mayBecome, REFUND_STATUSES, REFUND_TRANSITIONS, type RefundStatus, statusesBefore, unitsUnshipped, windowClosesAt } from './domain.ts';

const everyPair = REFUND_STATUSES.flatMap((from) => REFUND_STATUSES.map((to) => [from, to] as const));

describe('refund status', () => {
  test.each(everyPair)('%s to %s is allowed only if the table says so', (from, to) => {
    const allowed = (REFUND_TRANSITIONS[from] as readonly RefundStatus[]).includes(to);
    expect(mayBecome(from, to)).toBe(allowed);
    expect(statusesBefore(to).includes(from)).toBe(allowed);
  });
});

test.each([
  [{ quantity: 5, shippedQuantity: 0, releasedQuantity: 0 }, 3, 3],
  [{ quantity: 5, shippedQuantity: 4, releasedQuantity: 0 }, 3, 1],
  [{ quantity: 5, shippedQuantity: 2, releasedQuantity: 2 }, 2, 1],
  [{ quantity: 5, shippedQuantity: 5, releasedQuantity: 0 }, 2, 0],
])('of %o, a refund of %i units takes %i that were not shipped', (line, units, released) => {
  expect(unitsUnshipped(line, units)).toBe(released);
});

describe('time', () => {
  const at = new Date('2026-01-31T09:00:00Z');
  test('the window opens with the delivery', () => {
    expect(windowClosesAt(null, 7)).toBeNull();
    expect(windowClosesAt(at, 7)).toEqual(new Date('2026-02-07T09:00:00Z'));
  });
  test('silence approves after the hours of the policy, or after the setting', () => {
    expect(autoApproveAt(at, { autoApproveAfterHours: 48 }, undefined)).toEqual(new Date('2026-02-02T09:00:00Z'));
    expect(autoApproveAt(at, { autoApproveAfterHours: 48 }, 2)).toEqual(new Date('2026-01-31T09:00:02Z'));
  });
});
