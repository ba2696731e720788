import { describe, expect, test } from 'vitest';
import type { StoredOrderLine } from '../orders/entities.ts';
import { deliveredUnits, grantedParts, hold, type Ledger, letGo, linesRefundedInFull, paymentStatusOf, settled, unshippedOf } from './holdings.ts';
import { lineOf } from './line.fixture.ts';
import { limitsOf, limitsWithin, planRefund, wishAgain } from './plan.ts';

const line = (id: string, quantity: number, total: number, more: Partial<StoredOrderLine> = {}): StoredOrderLine =>
  lineOf(id, { quantity, unitPrice: Math.ceil(total / quantity), subtotal: total, total, ...more });
const order = {
  currency: 'CNY',
  totals: { shipping: 800 },
  lines: [line('a', 3, 1000), line('b', 1, 500)],
  refundPendingTotal: 0,
  refundPendingShipping: 0,
  refundedTotal: 0,
  refundedShipping: 0,
};
const CNY = (amount: number) => ({ amount, currency: 'CNY' });

describe('a plan', () => {
  test('is exact, with the shipping that is left', () => {
    const { plan } = planRefund(limitsOf({ ...order, refundedShipping: 300 }), { lines: [{ orderLineId: 'a', quantity: 2 }], shipping: 'ALL' });
    expect(plan).toEqual({ lines: [{ orderLineId: 'a', quantity: 2, amount: 666, restock: true, isInFull: true }], shippingAmount: 500, total: 1166 });
  });

  test.each([
    [{ lines: [], shipping: null }, 'INVALID', ['input', 'lines']],
    [{ lines: [{ orderLineId: 'x', quantity: 1 }], shipping: null }, 'INVALID', ['input', 'lines', '0', 'orderLineId']],
    [
      {
        lines: [
          { orderLineId: 'b', quantity: 1 },
          { orderLineId: 'b', quantity: 1 },
        ],
        shipping: null,
      },
      'INVALID',
      ['input', 'lines', '1', 'orderLineId'],
    ],
    [{ lines: [{ orderLineId: 'b', quantity: 2 }], shipping: null }, 'REFUND_LIMIT', ['input', 'lines', '0', 'quantity']],
    [{ lines: [{ orderLineId: 'b', quantity: 1, amount: CNY(501) }], shipping: null }, 'REFUND_LIMIT', ['input', 'lines', '0', 'amount']],
    [{ lines: [], shipping: CNY(801) }, 'REFUND_LIMIT', ['input', 'shippingAmount']],
    [{ lines: [], shipping: CNY(-1) }, 'REFUND_LIMIT', ['input', 'shippingAmount']],
    [{ lines: [], shipping: { amount: 1, currency: 'USD' } }, 'REFUND_LIMIT', ['input', 'shippingAmount']],
  ])('of %o is refused', (wish, code, path) => {
    expect(planRefund(limitsOf(order), wish)).toMatchObject({ problem: { code, path } });
  });

  test('of a decision stays within what was asked for', () => {
    const asked = { lines: [{ orderLineId: 'a', quantity: 2, amount: 600, restock: true }], shippingAmount: 100 };
    const limits = limitsWithin(order, asked);
    expect(planRefund(limits, { lines: [{ orderLineId: 'a', quantity: 1 }], shipping: null })).toMatchObject({ plan: { total: 333 } });
    expect(planRefund(limits, { lines: [{ orderLineId: 'a', quantity: 3 }], shipping: null })).toMatchObject({ problem: { refundableQuantity: 2 } });
    expect(planRefund(limits, { lines: [{ orderLineId: 'a', quantity: 2, amount: CNY(601) }], shipping: null })).toMatchObject({
      problem: { refundableAmount: CNY(600) },
    });
    expect(planRefund(limits, { lines: [{ orderLineId: 'b', quantity: 1 }], shipping: null })).toMatchObject({ problem: { code: 'INVALID' } });
  });
});

describe('the remainder of a line of three for 1000', () => {
  const part = (quantity: number, amount: number) => ({ lines: [{ orderLineId: 'a', quantity, amount, restock: true }], shippingAmount: 0 });
  const amountOf = ({ plan }: ReturnType<typeof planRefund>) => plan?.total;
  const take = (ledger: typeof order, quantity: number) => {
    const { plan } = planRefund(limitsOf(ledger), { lines: [{ orderLineId: 'a', quantity }], shipping: null });
    return plan ?? expect.fail('nothing is left');
  };

  test('stays with the request that holds the last unit, though the ones before it were taken back', () => {
    const first = take(order, 2);
    const last = take({ ...order, ...hold(order, first) }, 1);
    expect([first.total, last.total]).toEqual([666, 334]);
    // The order as it is without the request that is decided about.
    const wish = { lines: [{ orderLineId: 'a', quantity: 1, amount: CNY(334) }], shipping: null };
    expect(amountOf(planRefund(limitsWithin(order, last), wish))).toBe(334);
    expect(planRefund(limitsWithin(order, last), { ...wish, lines: [{ orderLineId: 'a', quantity: 1, amount: CNY(335) }] })).toMatchObject({
      problem: { code: 'REFUND_LIMIT' },
    });
  });

  test.each([
    ['comes to one that is asked for again after the others', 333, 2, 334],
    ['has gone to others when it is asked for again', 334, 0, 333],
    ['is nothing to one that asked for less', 300, 2, 300],
  ])('%s', (_name, asked, othersTook, amount) => {
    const now = othersTook === 0 ? order : { ...order, ...settled(hold(order, take(order, othersTook)), take(order, othersTook)) };
    expect(amountOf(planRefund(limitsOf(now), wishAgain(now, part(1, asked))))).toBe(amount);
  });
});

describe('what an order holds', () => {
  const request = {
    lines: [
      { orderLineId: 'a', quantity: 2, amount: 666 },
      { orderLineId: 'b', quantity: 1, amount: 500 },
    ],
    shippingAmount: 100,
  };

  test('comes back when a request lets go of it', () => {
    const held: Ledger = hold(order, request);
    expect(held).toMatchObject({ refundPendingTotal: 1266, refundPendingShipping: 100 });
    expect(letGo(held, request)).toEqual(order);
  });

  test('of units that are still owed is their money alone', () => {
    const owing = { ...request, lines: request.lines.map((part) => ({ ...part, owedQuantity: 1 })) };
    const held: Ledger = hold(order, owing);
    expect(held.lines).toMatchObject([
      { refundPendingQuantity: 1, refundPendingAmount: 666 },
      { refundPendingQuantity: 0, refundPendingAmount: 500 },
    ]);
    expect(letGo(held, owing)).toEqual(order);
    const after = settled(held, owing);
    expect(after.lines).toMatchObject([
      { refundPendingQuantity: 0, refundedQuantity: 1, refundedAmount: 666 },
      { refundPendingQuantity: 0, refundedQuantity: 0, refundedAmount: 500 },
    ]);
    expect([after.refundedTotal, linesRefundedInFull(order, after)]).toEqual([1266, []]);
  });

  test('is refunded when the money is back', () => {
    const after = settled(hold(order, request), request);
    expect(after).toMatchObject({ refundPendingTotal: 0, refundPendingShipping: 0, refundedTotal: 1266, refundedShipping: 100 });
    expect(linesRefundedInFull(order, after)).toEqual(['b']);
    expect([paymentStatusOf(0, 2300), paymentStatusOf(1266, 2300), paymentStatusOf(2300, 2300)]).toEqual(['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED']);
  });
});

test.each([
  ['REFUND_ONLY', { shippedQuantity: 2 }, 2, 2],
  ['REFUND_ONLY', { shippedQuantity: 5 }, 2, 0],
  ['RETURN_AND_REFUND', { shippedQuantity: 2 }, 2, 0],
  ['RETURN_AND_REFUND', { shippedQuantity: 2 }, 3, 1],
  ['RETURN_AND_REFUND', { shippedQuantity: 2, refundedQuantity: 2 }, 1, 1],
  ['RETURN_AND_REFUND', {}, 4, 4],
  // Of those that were shipped, two are on their way back already.
  ['RETURN_AND_REFUND', { shippedQuantity: 2, refundPendingQuantity: 2 }, 1, 1],
  // Two that were not shipped are paid back and do not count.
  ['RETURN_AND_REFUND', { shippedQuantity: 2, refundPendingQuantity: 2, releasedQuantity: 2 }, 1, 0],
] as const)('%s of a line of five with %o: of %i units, %i never leave', (type, state, units, released) => {
  expect(unshippedOf(line('a', 5, 500, state), units, type)).toBe(released);
});

test.each([
  ['in full', 'REFUND_ONLY', {}, 2, 666, { released: 2, owed: 0, delivered: 0 }],
  ['for less', 'REFUND_ONLY', {}, 2, 665, { released: 0, owed: 2, delivered: 0 }],
  ['in full with the remainder', 'REFUND_ONLY', {}, 3, 1000, { released: 3, owed: 0, delivered: 0 }],
  ['for less by the remainder', 'REFUND_ONLY', {}, 3, 999, { released: 0, owed: 3, delivered: 0 }],
  ['for all the money that is left', 'REFUND_ONLY', { refundedAmount: 800 }, 3, 200, { released: 3, owed: 0, delivered: 0 }],
  ['for nothing, when no money is left', 'REFUND_ONLY', { refundedAmount: 1000 }, 1, 0, { released: 1, owed: 0, delivered: 0 }],
  ['for less, some shipped', 'REFUND_ONLY', { shippedQuantity: 2 }, 2, 1, { released: 0, owed: 1, delivered: 1 }],
  ['for less, all shipped', 'REFUND_ONLY', { shippedQuantity: 3 }, 2, 1, { released: 0, owed: 0, delivered: 2 }],
  ['for less, some shipped', 'RETURN_AND_REFUND', { shippedQuantity: 2 }, 3, 1, { released: 0, owed: 1, delivered: 2 }],
  ['in full, some shipped', 'RETURN_AND_REFUND', { shippedQuantity: 2 }, 3, 1000, { released: 1, owed: 0, delivered: 2 }],
] as const)('a part that is granted %s (%s, of three for 1000 with %o): %i for %i', (_name, type, state, quantity, amount, { released, owed, delivered }) => {
  const lines = [line('a', 3, 1000, state)];
  const parts = grantedParts({ lines }, [{ orderLineId: 'a', quantity, amount, restock: true }], type);
  expect(parts).toMatchObject([{ quantity, releasedQuantity: released, owedQuantity: owed }]);
  expect(parts.map(deliveredUnits)).toEqual([delivered]);
});

describe('what was asked for in full', () => {
  const askedFirst = (amount: number | null) => {
    const asked = planRefund(limitsOf(order), {
      lines: [{ orderLineId: 'a', quantity: 1, amount: amount === null ? null : CNY(amount) }],
      shipping: null,
    }).plan;
    // Meanwhile somebody asks for less for the others, so that the remainder is in the last that is left.
    const others = { lines: [{ orderLineId: 'a', quantity: 2, amount: 100 }], shippingAmount: 0 };
    const free = { ...order, ...hold(order, others) };
    const granted = (wished: number) =>
      asked && planRefund(limitsWithin(free, asked), { lines: [{ orderLineId: 'a', quantity: 1, amount: CNY(wished) }], shipping: null }).plan;
    return {
      asAsked: asked && grantedParts(free, asked.lines, 'REFUND_ONLY'),
      granted: (wished: number) => grantedParts(free, granted(wished)?.lines ?? [], 'REFUND_ONLY'),
    };
  };

  test('is granted in full, though the remainder has come to it since', () => {
    const { asAsked, granted } = askedFirst(null);
    expect(asAsked).toMatchObject([{ amount: 333, releasedQuantity: 1, owedQuantity: 0 }]);
    expect(granted(333)).toMatchObject([{ releasedQuantity: 1, owedQuantity: 0 }]);
    expect(granted(332)).toMatchObject([{ releasedQuantity: 0, owedQuantity: 1 }]);
  });

  test('is not what was asked for less', () => {
    const { asAsked, granted } = askedFirst(332);
    expect(asAsked).toMatchObject([{ amount: 332, releasedQuantity: 0, owedQuantity: 1 }]);
    expect(granted(332)).toMatchObject([{ releasedQuantity: 0, owedQuantity: 1 }]);
  });
});
