import { describe, expect, test } from 'vitest';
import { type GroupStatus, groupStatusOf, mayMove, mayPass, ORDER_STATUSES, ORDER_TRANSITIONS, type OrderStatus, statusesBefore } from './domain.ts';

const everyPair = ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.map((to) => [from, to] as const));

describe('order status', () => {
  test.each(everyPair)('%s to %s is allowed only if the table says so', (from, to) => {
    const allowed = (ORDER_TRANSITIONS[from] as readonly OrderStatus[]).includes(to);
    expect(mayMove(from, to)).toBe(allowed);
    expect(statusesBefore(to).includes(from)).toBe(allowed);
    expect(mayPass(from, [to])).toBe(allowed);
  });

  test('a path is allowed when each of its steps is', () => {
    expect(mayPass('SHIPPED', ['DELIVERED', 'COMPLETED'])).toBe(true);
    expect(mayPass('PAID', ['PROCESSING', 'SHIPPED'])).toBe(true);
    expect(mayPass('SHIPPED', ['COMPLETED'])).toBe(false);
    expect(mayPass('PAID', [])).toBe(false);
  });

  test('nothing leads out of COMPLETED and CANCELLED, and only late money out of EXPIRED', () => {
    expect(ORDER_STATUSES.filter((to) => mayMove('COMPLETED', to))).toEqual([]);
    expect(ORDER_STATUSES.filter((to) => mayMove('CANCELLED', to))).toEqual([]);
    expect(ORDER_STATUSES.filter((to) => mayMove('EXPIRED', to))).toEqual(['PAID']);
  });
});

describe('group status', () => {
  test.each<[GroupStatus, OrderStatus[], string]>([
    ['PENDING_PAYMENT', ['PENDING_PAYMENT'], 'PENDING_PAYMENT'],
    ['PAID', ['PAID', 'SHIPPED'], 'PAID'],
    ['PAID', ['CANCELLED', 'SHIPPED'], 'PARTIALLY_CANCELLED'],
    ['PAID', ['CANCELLED', 'CANCELLED'], 'CANCELLED'],
    ['CANCELLED', ['CANCELLED'], 'CANCELLED'],
    ['EXPIRED', ['EXPIRED'], 'EXPIRED'],
  ])('%s with %j reads %s', (stored, orders, shown) => {
    expect(groupStatusOf(stored, orders)).toBe(shown);
  });
});
