import { describe, expect, test } from 'vitest';
import { connectionOf, pageOf } from './pagination.ts';

const NEWEST = [{ field: 'createdAt', direction: -1 }] as const;
const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `row_${index}`, createdAt: new Date(1_700_000_000_000 - index) }));

describe('first', () => {
  test.each([0, -1, 101, 1e9, 1.5])('%d is refused with the range', (first) =>
    expect(() => pageOf({ first }, 'rows:NEWEST', NEWEST)).toThrow(/"first" must be a whole number from 1 to 100/),
  );
  test('is 20 when nobody says', () => expect(pageOf({}, 'rows:NEWEST', NEWEST).first).toBe(20));
});

describe('after', () => {
  const cursorOf = (order: string) => connectionOf(rows(3), pageOf({ first: 2 }, order, NEWEST)).pageInfo.endCursor;

  test('continues after the sort key and the id', () => {
    const { filter, hasPrevious } = pageOf({ after: cursorOf('rows:NEWEST') }, 'rows:NEWEST', NEWEST);
    const createdAt = new Date(1_699_999_999_999);
    expect(filter).toEqual({ $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: 'row_1' } }] });
    expect(hasPrevious).toBe(true);
  });

  test.each([
    '',
    'garbage',
    'bnVsbA',
    Buffer.from('["rows:NEWEST"]').toString('base64url'),
    Buffer.from('["rows:NEWEST",{"date":"x"},1]').toString('base64url'),
  ])('%j is refused', (after) => expect(() => pageOf({ after }, 'rows:NEWEST', NEWEST)).toThrow(/"after" is not a cursor of this list/));

  test('a cursor of another order is refused', () => expect(() => pageOf({ after: cursorOf('rows:OLDEST') }, 'rows:NEWEST', NEWEST)).toThrow(/in this order/));
});

test('one row more than asked for means there is a next page', () => {
  const page = pageOf({ first: 2 }, 'rows:NEWEST', NEWEST);
  expect(connectionOf(rows(3), page)).toMatchObject({ nodes: [{ id: 'row_0' }, { id: 'row_1' }], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  expect(connectionOf(rows(2), page).pageInfo.hasNextPage).toBe(false);
  expect(connectionOf([], page).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
});
