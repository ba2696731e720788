import { describe, expect, test } from 'vitest';
import { ACTIONS, allowedActions } from './actions.ts';
import { ORDER_STATUSES } from './domain.ts';

const now = new Date('2026-08-22T10:00:00Z');
const line = { quantity: 2, total: 200, refundedQuantity: 0, refundPendingQuantity: 0, refundedAmount: 0, refundPendingAmount: 0 };
const order = {
  status: 'PAID' as const,
  paymentStatus: 'PAID' as const,
  fulfilmentStatus: 'UNFULFILLED' as const,
  deliveryMode: 'SHIPPING' as const,
  deliveredAt: null,
  refundPolicy: { windowDays: 7 },
  totals: { total: 200, shipping: 0 },
  refundedTotal: 0,
  refundedShipping: 0,
  refundPendingShipping: 0,
  invoicedAt: null,
  lines: [line],
};
const buyer = { isBuyer: true, holds: () => false };
const clerk = { isBuyer: false, holds: (scope: string) => scope === 'orders:write' };

describe('allowed actions', () => {
  test.each(ORDER_STATUSES)('of a stranger in %s are none', (status) => {
    expect(allowedActions({ ...order, status }, { isBuyer: false, holds: () => false }, now)).toEqual([]);
  });

  test.each(ORDER_STATUSES)('of a buyer in %s are among those of the table', (status) => {
    for (const action of allowedActions({ ...order, status }, buyer, now)) expect(ACTIONS[status].buyer).toContain(action);
  });

  test('a clerk may ship but not pay back', () => {
    expect(allowedActions(order, clerk, now)).toEqual(['ACCEPT', 'SHIP', 'CANCEL']);
    expect(allowedActions(order, { isBuyer: false, holds: () => true }, now)).toContain('REFUND');
  });

  test('what is collected is made ready, not shipped', () => {
    expect(allowedActions({ ...order, deliveryMode: 'PICKUP' }, clerk, now)).toEqual(['ACCEPT', 'MARK_READY', 'CANCEL']);
  });

  test.each([
    ['a part of it has left', { fulfilmentStatus: 'PARTIALLY_SHIPPED' as const }],
    ['a refund is under way', { lines: [{ ...line, refundPendingQuantity: 1 }] }],
  ])('it cannot be cancelled any more when %s', (_what, change) => {
    for (const status of ['PAID', 'PROCESSING'] as const) expect(allowedActions({ ...order, status }, clerk, now)).toContain('CANCEL');
    for (const status of ['PAID', 'PROCESSING'] as const) expect(allowedActions({ ...order, status, ...change }, clerk, now)).not.toContain('CANCEL');
  });

  test('an invoice can be asked for once, while there is something to invoice', () => {
    expect(allowedActions(order, buyer, now)).toContain('REQUEST_INVOICE');
    for (const change of [{ invoicedAt: now }, { refundedTotal: 200 }, { totals: { total: 0, shipping: 0 } }]) {
      expect(allowedActions({ ...order, ...change }, buyer, now)).not.toContain('REQUEST_INVOICE');
    }
  });

  test('a refund can be asked for until the window closes, and while something is left', () => {
    const delivered = { ...order, status: 'DELIVERED' as const, deliveredAt: new Date('2026-08-15T10:00:01Z') };
    expect(allowedActions(delivered, buyer, now)).toContain('REQUEST_REFUND');
    expect(allowedActions({ ...delivered, deliveredAt: new Date('2026-08-15T10:00:00Z') }, buyer, now)).not.toContain('REQUEST_REFUND');
    expect(allowedActions({ ...delivered, lines: [{ ...line, refundedQuantity: 1, refundPendingQuantity: 1 }] }, buyer, now)).not.toContain('REQUEST_REFUND');
    // All its money went back before it was shipped, or none was ever paid for it.
    expect(allowedActions({ ...delivered, lines: [{ ...line, refundedAmount: 150, refundPendingAmount: 50 }] }, buyer, now)).not.toContain('REQUEST_REFUND');
    expect(allowedActions({ ...delivered, lines: [{ ...line, refundedAmount: 150 }] }, buyer, now)).toContain('REQUEST_REFUND');
    expect(allowedActions({ ...delivered, lines: [{ ...line, total: 0 }] }, buyer, now)).toContain('REQUEST_REFUND');
  });

  test('what was called off after it was paid still owes its delivery, until that is paid back too', () => {
    const merchant = { isBuyer: false, holds: () => true };
    const called = {
      ...order,
      status: 'CANCELLED' as const,
      totals: { total: 210, shipping: 10 },
      lines: [{ ...line, refundedQuantity: 2, refundedAmount: 200 }],
    };
    expect(allowedActions(called, merchant, now)).toEqual(['REFUND']);
    expect(allowedActions(called, buyer, now)).toEqual(['REQUEST_REFUND', 'REORDER']);
    for (const change of [{ refundPendingShipping: 10 }, { refundedShipping: 10 }]) expect(allowedActions({ ...called, ...change }, merchant, now)).toEqual([]);
    expect(allowedActions({ ...order, status: 'CANCELLED', paymentStatus: 'UNPAID' }, merchant, now)).toEqual([]);
  });
});
