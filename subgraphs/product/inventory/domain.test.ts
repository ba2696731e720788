import { describe, expect, test } from 'vitest';
import { allocateStock, availableOf, drawFrom, summed, UNLIMITED } from './domain.ts';

const level = (variantId: string, locationId: string, available: number, backorderable = false) => ({ variantId, locationId, available, backorderable });
const wish = (variantId: string, quantity: number, locationId: string | null = null) => ({ variantId, quantity, locationId });

describe('where a reservation takes from', () => {
  test('the locations in the order of their ids, splitting where needed', () => {
    expect(allocateStock([wish('v', 5)], [level('v', 'b', 10), level('v', 'a', 3)])).toEqual({
      takings: [
        { variantId: 'v', locationId: 'a', quantity: 3 },
        { variantId: 'v', locationId: 'b', quantity: 2 },
      ],
      shortages: [],
    });
  });
  test('only the chosen place, and before those who take from anywhere', () => {
    expect(allocateStock([wish('v', 3), wish('v', 2, 'a')], [level('v', 'a', 3), level('v', 'b', 2)]).takings).toEqual([
      { variantId: 'v', locationId: 'a', quantity: 3 },
      { variantId: 'v', locationId: 'b', quantity: 2 },
    ]);
    expect(allocateStock([wish('v', 4, 'a')], [level('v', 'a', 3), level('v', 'b', 9)]).shortages).toEqual([{ variantId: 'v', requested: 4, available: 3 }]);
  });
  test('tells everything that is short', () => {
    expect(allocateStock([wish('v', 4), wish('w', 1), wish('x', 1)], [level('v', 'a', 3), level('w', 'a', 1)]).shortages).toEqual([
      { variantId: 'v', requested: 4, available: 3 },
      { variantId: 'x', requested: 1, available: 0 },
    ]);
  });
  test('what is missing comes from where it can be back-ordered', () => {
    expect(allocateStock([wish('v', 5)], [level('v', 'a', 2), level('v', 'b', -4, true)]).takings).toEqual([
      { variantId: 'v', locationId: 'a', quantity: 2 },
      { variantId: 'v', locationId: 'b', quantity: 3 },
    ]);
  });
});

test('wishes for the same variant and place are one', () => {
  expect(summed([wish('v', 1), wish('v', 2), wish('v', 3, 'a'), wish('w', 1)])).toEqual([wish('v', 3), wish('v', 3, 'a'), wish('w', 1)]);
});

test.each([
  [
    4,
    [
      { locationId: 'a', quantity: 3 },
      { locationId: 'b', quantity: 1 },
    ],
  ],
  [
    5,
    [
      { locationId: 'a', quantity: 3 },
      { locationId: 'b', quantity: 2 },
    ],
  ],
  [6, null],
])('%d of what is held at two places', (wanted, drawn) => {
  expect(
    drawFrom(
      [
        { locationId: 'b', quantity: 2 },
        { locationId: 'a', quantity: 3 },
      ],
      wanted,
    ),
  ).toEqual(drawn);
});

test('what is owed somewhere is not taken off what lies elsewhere', () => {
  expect(
    availableOf([
      { available: -3, backorderable: false },
      { available: 2, backorderable: false },
    ]),
  ).toBe(2);
  expect(availableOf([{ available: 0, backorderable: true }])).toBe(UNLIMITED);
  expect(availableOf([])).toBe(0);
});
