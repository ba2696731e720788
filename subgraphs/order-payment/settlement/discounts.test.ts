import { describe, expect, test } from 'vitest';
import { type DiscountedOrder, discountDue, type GivenBack } from './discounts.ts';

const of = (fundedBy: 'PLATFORM' | 'MERCHANT', amount: number) => ({ couponId: 'c', code: 'C', fundedBy, amount });
/** Two tables at 1,000, of which the platform pays 600 and the merchant 400; a cup that the platform gives away; delivery of 800, 300 of it the platform's. */
const order: DiscountedOrder = {
  lines: [
    { id: 'tables', quantity: 2, total: 1_000, discounts: [of('PLATFORM', 600), of('MERCHANT', 400)] },
    { id: 'cups', quantity: 3, total: 0, discounts: [of('PLATFORM', 90)] },
  ],
  totals: { shipping: 500 },
  shippingDiscounts: [of('PLATFORM', 300)],
};
const back = (parts: readonly (readonly [line: string, quantity: number, amount: number, released?: number])[], shippingAmount = 0): GivenBack => ({
  lines: parts.map(([orderLineId, quantity, amount, releasedQuantity = 0]) => ({ orderLineId, quantity, amount, restock: true, releasedQuantity })),
  shippingAmount,
});

describe('what refunds take back of the platform’s discounts', () => {
  test.each([
    ['nothing', [], 0],
    ['half of the money of a line: half of its discount', [back([['tables', 1, 500]])], 300],
    ['goods alone: nothing of the delivery’s', [back([['tables', 2, 1_000]])], 600],
    ['the delivery alone: nothing of the goods’', [back([], 500)], 300],
    ['a part of the delivery', [back([], 250)], 150],
    ['what cost nothing: by units', [back([['cups', 1, 0]])], 30],
    ['several refunds together', [back([['tables', 1, 333]]), back([['tables', 1, 667]]), back([['cups', 3, 0]], 500)], 990],
    [
      'everything, when nothing ever left, though the delivery is kept',
      [
        back([
          ['tables', 2, 1_000, 2],
          ['cups', 3, 0, 3],
        ]),
      ],
      990,
    ],
    [
      'not the delivery’s, where something had left',
      [
        back([
          ['tables', 2, 1_000, 1],
          ['cups', 3, 0, 3],
        ]),
      ],
      690,
    ],
  ] as const)('%s', (_name, refunds, due) => {
    expect(discountDue(order, refunds)).toBe(due);
  });

  test('for units that are still owed: by their money, not by their number', () => {
    const lowered = back([
      ['cups', 1, 0],
      ['tables', 2, 100],
    ]);
    const owing = { ...lowered, lines: lowered.lines.map((line) => ({ ...line, owedQuantity: line.quantity })) };
    expect(discountDue(order, [owing])).toBe(60);
  });

  test('a delivery that cost nothing goes back with the last of the goods', () => {
    const free = { ...order, totals: { shipping: 0 }, shippingDiscounts: [of('PLATFORM', 800)] };
    expect(discountDue(free, [back([['tables', 2, 1_000]])])).toBe(600);
    expect(
      discountDue(free, [
        back([
          ['tables', 2, 1_000],
          ['cups', 3, 0],
        ]),
      ]),
    ).toBe(1_490);
  });
});
