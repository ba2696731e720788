import { describe, expect, test } from 'vitest';
import { seeded } from '../../../test/random.ts';
import { exactAmount, type RefundableLine, refundableAmount, refundableQuantity, refundableTotal } from './refundable.ts';

const untouched = (quantity: number, total: number): RefundableLine => ({
  quantity,
  total,
  refundedQuantity: 0,
  refundPendingQuantity: 0,
  refundedAmount: 0,
  refundPendingAmount: 0,
});

describe('the money of a line', () => {
  test('the last unit takes the remainder', () => {
    const line = untouched(3, 1000);
    expect(exactAmount(line, 1)).toBe(333);
    expect(exactAmount(line, 2)).toBe(666);
    expect(exactAmount(line, 3)).toBe(1000);
    expect(exactAmount({ ...line, refundedQuantity: 2, refundedAmount: 666 }, 1)).toBe(334);
  });

  test('is what was paid, not the list price', () => {
    expect(exactAmount(untouched(2, 1501), 1)).toBe(750);
  });

  test('a line that cost nothing gives nothing back', () => {
    expect(refundableAmount(untouched(4, 0))).toBe(0);
  });

  test('amounts beyond 2^31 stay exact', () => {
    expect(exactAmount(untouched(7, 2 ** 53 - 1), 7)).toBe(2 ** 53 - 1);
    expect(exactAmount(untouched(7, 2 ** 53 - 1), 1)).toBe(Math.floor((2 ** 53 - 1) / 7));
  });

  test('parts sum to the whole, in whatever order requests are made, granted, lowered and withdrawn', () => {
    const { next, upTo } = seeded(20_260_131);
    for (let round = 0; round < 3_000; round++) {
      let line = untouched(1 + upTo(8), upTo(round % 5 === 0 ? 12 : 100_000));
      const open: { units: number; amount: number }[] = [];
      let wasLowered = false;
      const close = (change: (request: { units: number; amount: number }) => Partial<RefundableLine>) => {
        const [request] = open.splice(upTo(open.length - 1), 1);
        if (!request) return;
        line = { ...line, refundPendingQuantity: line.refundPendingQuantity - request.units, refundPendingAmount: line.refundPendingAmount - request.amount };
        line = { ...line, ...change(request) };
      };
      for (let step = 0; step < 60 && line.refundedQuantity < line.quantity; step++) {
        const left = refundableQuantity(line);
        const choice = next();
        if (choice < 0.5 && left > 0) {
          const units = 1 + upTo(left - 1);
          const amount = exactAmount(line, units);
          expect(amount).toBeLessThanOrEqual(refundableAmount(line));
          open.push({ units, amount });
          line = { ...line, refundPendingQuantity: line.refundPendingQuantity + units, refundPendingAmount: line.refundPendingAmount + amount };
        } else if (choice < 0.65) {
          close(() => ({}));
        } else {
          const isLowered = round % 3 === 0 && next() < 0.2;
          close(({ units, amount }) => {
            const granted = isLowered ? upTo(amount) : amount;
            wasLowered ||= granted < amount;
            return { refundedQuantity: line.refundedQuantity + units, refundedAmount: line.refundedAmount + granted };
          });
        }
        expect(line.refundedAmount + line.refundPendingAmount).toBeLessThanOrEqual(line.total);
        expect(refundableAmount(line)).toBeGreaterThanOrEqual(0);
      }
      if (line.refundedQuantity === line.quantity && !wasLowered) expect(line.refundedAmount).toBe(line.total);
    }
  });
});

describe('an order', () => {
  const order = { paymentStatus: 'PAID' as const, totals: { shipping: 800 }, refundedShipping: 0, refundPendingShipping: 0, lines: [untouched(3, 1000)] };

  test('can be paid back whole, until it is asked for', () => {
    expect(refundableTotal(order)).toBe(1800);
    expect(
      refundableTotal({ ...order, refundPendingShipping: 300, lines: [{ ...untouched(3, 1000), refundPendingQuantity: 1, refundPendingAmount: 333 }] }),
    ).toBe(1167);
    expect(refundableTotal({ ...order, paymentStatus: 'UNPAID' })).toBe(0);
  });

  test('cannot be paid back what was granted less for', () => {
    expect(refundableTotal({ ...order, lines: [{ ...untouched(3, 1000), refundedQuantity: 2, refundedAmount: 100 }] })).toBe(334 + 800);
    expect(refundableTotal({ ...order, refundedShipping: 800, lines: [{ ...untouched(3, 1000), refundedQuantity: 3, refundedAmount: 100 }] })).toBe(0);
  });
});
