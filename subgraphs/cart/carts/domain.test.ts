import { describe, expect, test } from 'vitest';
import {
  acknowledge,
  addLines,
  CART_TRANSITIONS,
  type CartState,
  largestAllowed,
  MAX_LINE_AMOUNT,
  type Offer,
  quantityProblem,
  repriced,
  type StoredLine,
  statesBefore,
  updateLines,
} from './domain.ts';

const at = new Date('2026-01-01T00:00:00Z');
const offer = (variantId: string, changes: Partial<Offer> = {}): Offer => ({
  variantId,
  productId: `product-of-${variantId}`,
  merchantId: 'merchant_1',
  prices: [{ amount: 1000, currency: 'CNY' }],
  isSellable: true,
  available: 50,
  minimum: 1,
  maximum: null,
  increment: 1,
  ...changes,
});
const offersOf =
  (...offers: Offer[]) =>
  (variantId: string) =>
    offers.find((one) => one.variantId === variantId) ?? null;
const line = (variantId: string, quantity: number, changes: Partial<StoredLine> = {}): StoredLine => ({
  id: `line-of-${variantId}`,
  position: 1,
  variantId,
  productId: `product-of-${variantId}`,
  merchantId: 'merchant_1',
  quantity,
  seen: { amount: 1000, currency: 'CNY' },
  reducedFrom: null,
  addedAt: at,
  ...changes,
});
const fresh = () => {
  let count = 0;
  return { id: () => `line-${++count}`, at };
};
const states = Object.keys(CART_TRANSITIONS) as CartState[];

describe('cart states', () => {
  test.each(states)('%s is entered only from where the table says', (to) => {
    expect(statesBefore(to)).toEqual(states.filter((from) => (CART_TRANSITIONS[from] as readonly string[]).includes(to)));
  });
});

describe('quantity rules', () => {
  const rule = { minimum: 4, maximum: 20, increment: 4 };
  test.each([
    [3, false],
    [4, true],
    [6, false],
    [20, true],
    [24, false],
  ])('%i of at least 4, at most 20, by 4: %s', (quantity, isAllowed) => {
    expect(quantityProblem(quantity, rule) === null).toBe(isAllowed);
  });
  test.each([
    [3, 0],
    [7, 4],
    [100, 20],
    [0, 0],
    [-5, 0],
  ])('up to %i, %i are allowed', (limit, allowed) => {
    expect(largestAllowed(limit, rule)).toBe(allowed);
  });
});

describe('adding', () => {
  const add = (lines: StoredLine[], requests: { variantId: string; quantity: number }[], ...offers: Offer[]) =>
    addLines(lines, requests, 'CNY', offersOf(...offers), fresh());

  test('the same variant is one line, and what was seen is the present price', () => {
    const outcome = add(
      [line('a', 2, { seen: { amount: 900, currency: 'CNY' } })],
      [
        { variantId: 'a', quantity: 1 },
        { variantId: 'a', quantity: 3 },
      ],
      offer('a'),
    );
    expect(outcome).toMatchObject({ lines: [{ id: 'line-of-a', quantity: 6, seen: { amount: 1000 } }] });
  });
  test('new lines follow in the order of the request', () => {
    const outcome = add(
      [line('a', 1, { position: 7 })],
      [
        { variantId: 'c', quantity: 1 },
        { variantId: 'b', quantity: 1 },
      ],
      offer('b'),
      offer('c'),
    );
    expect(outcome).toMatchObject({
      lines: [
        { variantId: 'a', position: 7 },
        { variantId: 'c', position: 8 },
        { variantId: 'b', position: 9 },
      ],
    });
  });
  test('more than is in stock is accepted: it becomes an issue', () => {
    expect(add([], [{ variantId: 'a', quantity: 51 }], offer('a'))).toMatchObject({ lines: [{ quantity: 51 }] });
  });
  test.each([0, -1, 100_001, 2_147_483_647])('a quantity of %i is refused, naming the line', (quantity) => {
    expect(
      add(
        [],
        [
          { variantId: 'a', quantity: 1 },
          { variantId: 'a', quantity },
        ],
        offer('a'),
      ),
    ).toMatchObject({ userErrors: [{ __typename: 'ValidationError', path: ['input', 'lines', '1', 'quantity'] }] });
  });
  test.each<[string, Offer[]]>([
    ['unknown', []],
    ['withdrawn', [offer('a', { isSellable: false })]],
    ['without a price in the currency', [offer('a', { prices: [{ amount: 1, currency: 'USD' }] })]],
  ])('a variant that is %s is refused', (_what, offers) => {
    expect(add([], [{ variantId: 'a', quantity: 1 }], ...offers)).toMatchObject({
      userErrors: [{ __typename: 'ProductUnavailableError', variantId: 'a', path: ['input', 'lines', '0', 'variantId'] }],
    });
  });
  test('the quantity rule counts what is in the cart', () => {
    expect(add([line('a', 4)], [{ variantId: 'a', quantity: 2 }], offer('a', { maximum: 5 }))).toMatchObject({
      userErrors: [{ path: ['input', 'lines', '0', 'quantity'] }],
    });
  });
  test('all lines or none, every wrong one named', () => {
    const outcome = add(
      [],
      [
        { variantId: 'a', quantity: 1 },
        { variantId: 'b', quantity: 1 },
        { variantId: 'c', quantity: 1 },
      ],
      offer('b'),
    );
    expect(outcome).toMatchObject({ userErrors: [{ path: ['input', 'lines', '0', 'variantId'] }, { path: ['input', 'lines', '2', 'variantId'] }] });
  });
  test('a cart has a hundred lines and no more', () => {
    const full = Array.from({ length: 100 }, (_, index) => line(`v${index}`, 1, { position: index }));
    expect(add(full, [{ variantId: 'a', quantity: 1 }], offer('a'))).toMatchObject({ userErrors: [{ __typename: 'CartLimitError', limit: 100 }] });
    expect(add(full, [{ variantId: 'v0', quantity: 1 }], offer('v0'))).toMatchObject({ lines: { length: 100 } });
  });
  test('amounts beyond 2^31 work; a line that no sum could hold is refused', () => {
    const dear = offer('a', { prices: [{ amount: 3_000_000_000, currency: 'CNY' }] });
    expect(add([], [{ variantId: 'a', quantity: 2 }], dear)).toMatchObject({ lines: [{ quantity: 2 }] });
    expect(add([], [{ variantId: 'a', quantity: Math.ceil(MAX_LINE_AMOUNT / 3_000_000_000) }], dear)).toMatchObject({
      userErrors: [{ path: ['input', 'lines', '0', 'quantity'] }],
    });
  });
  test('nothing is no addition', () => {
    expect(add([], [])).toMatchObject({ userErrors: [{ path: ['input', 'lines'] }] });
  });
});

describe('updating', () => {
  const lines = [line('a', 2), line('b', 3, { position: 2 })];
  const update = (requests: { lineId: string; quantity: number }[], ...offers: Offer[]) => updateLines(lines, requests, 'CNY', offersOf(...offers));

  test('sets a quantity, and 0 removes', () => {
    expect(
      update(
        [
          { lineId: 'line-of-a', quantity: 5 },
          { lineId: 'line-of-b', quantity: 0 },
        ],
        offer('a'),
      ),
    ).toMatchObject({ lines: [{ variantId: 'a', quantity: 5 }] });
  });
  test('what is gone can still be removed, not changed', () => {
    expect(update([{ lineId: 'line-of-a', quantity: 0 }])).toMatchObject({ lines: [{ variantId: 'b' }] });
    expect(update([{ lineId: 'line-of-a', quantity: 1 }])).toMatchObject({ userErrors: [{ __typename: 'ProductUnavailableError' }] });
  });
  test.each([
    ['an unknown line', [{ lineId: 'x', quantity: 1 }], 'NotFoundError', ['input', 'lines', '0', 'lineId']],
    [
      'a line twice',
      [
        { lineId: 'line-of-a', quantity: 1 },
        { lineId: 'line-of-a', quantity: 2 },
      ],
      'ValidationError',
      ['input', 'lines', '1', 'lineId'],
    ],
    ['a negative quantity', [{ lineId: 'line-of-a', quantity: -1 }], 'ValidationError', ['input', 'lines', '0', 'quantity']],
    ['no line', [], 'ValidationError', ['input', 'lines']],
  ])('%s is refused', (_what, requests, __typename, path) => {
    expect(update(requests, offer('a'))).toMatchObject({ userErrors: [{ __typename, path }] });
  });
});

describe('acknowledging', () => {
  const all = { acceptPriceChanges: true, removeUnavailable: true, clampToStock: true };
  const nothing = { acceptPriceChanges: false, removeUnavailable: false, clampToStock: false };
  const lines = [line('dear', 1, { seen: { amount: 900, currency: 'CNY' } }), line('gone', 1), line('scarce', 9), line('out', 2)];
  const offers = offersOf(offer('dear'), offer('gone', { isSellable: false }), offer('scarce', { available: 5, increment: 2 }), offer('out', { available: 0 }));

  test('takes what was accepted', () => {
    expect(acknowledge(lines, all, 'CNY', offers)).toMatchObject([
      { variantId: 'dear', seen: { amount: 1000 } },
      { variantId: 'scarce', quantity: 4 },
    ]);
  });
  test('leaves what was not', () => {
    expect(acknowledge(lines, nothing, 'CNY', offers)).toEqual(lines);
  });
});

test('a change of currency is no change of price', () => {
  const both = offer('a', {
    prices: [
      { amount: 1000, currency: 'CNY' },
      { amount: 150, currency: 'USD' },
    ],
  });
  expect(repriced([line('a', 1), line('b', 1)], 'USD', offersOf(both))).toMatchObject([
    { seen: { amount: 150, currency: 'USD' } },
    { seen: { amount: 1000, currency: 'CNY' } },
  ]);
});
