import { describe, expect, test } from 'vitest';
import {
  afterParcel,
  checkParcel,
  isAllGone,
  mayBecome,
  restOf,
  SHIPMENT_STATUSES,
  SHIPMENT_TRANSITIONS,
  type ShipmentStatus,
  shippable,
  statusesBefore,
  trackingUrlOf,
} from './domain.ts';

const everyPair = SHIPMENT_STATUSES.flatMap((from) => SHIPMENT_STATUSES.map((to) => [from, to] as const));

describe('shipment status', () => {
  test.each(everyPair)('%s to %s is allowed only if the table says so', (from, to) => {
    const allowed = (SHIPMENT_TRANSITIONS[from] as readonly ShipmentStatus[]).includes(to);
    expect(mayBecome(from, to)).toBe(allowed);
    expect(statusesBefore(to).includes(from)).toBe(allowed);
  });
});

const line = (id: string, quantity: number, shippedQuantity = 0, releasedQuantity = 0) => ({ id, quantity, shippedQuantity, releasedQuantity });

describe('a parcel', () => {
  const lines = [line('a', 5, 1, 1), line('b', 2), line('c', 3, 3)];

  test('takes what was neither shipped nor refunded', () => {
    expect(lines.map(shippable)).toEqual([3, 2, 0]);
    expect(restOf(lines)).toEqual([
      { orderLineId: 'a', quantity: 3 },
      { orderLineId: 'b', quantity: 2 },
    ]);
  });

  test.each([
    [[], ['input', 'lines'], 'INVALID'],
    [[{ orderLineId: 'x', quantity: 1 }], ['input', 'lines', '0', 'orderLineId'], 'INVALID'],
    [[{ orderLineId: 'b', quantity: 0 }], ['input', 'lines', '0', 'quantity'], 'INVALID'],
    [[{ orderLineId: 'b', quantity: -2 }], ['input', 'lines', '0', 'quantity'], 'INVALID'],
    [[{ orderLineId: 'a', quantity: 4 }], ['input', 'lines', '0', 'quantity'], 'QUANTITY_EXCEEDED'],
    [[{ orderLineId: 'c', quantity: 1 }], ['input', 'lines', '0', 'quantity'], 'QUANTITY_EXCEEDED'],
    [
      [
        { orderLineId: 'b', quantity: 1 },
        { orderLineId: 'b', quantity: 1 },
      ],
      ['input', 'lines', '1', 'orderLineId'],
      'INVALID',
    ],
  ])('of %o is refused', (parcel, path, code) => {
    expect(checkParcel(lines, parcel)).toMatchObject({ path, code });
  });

  test('that leaves last leaves nothing', () => {
    const rest = restOf(lines);
    expect(checkParcel(lines, rest)).toBeNull();
    expect(isAllGone(afterParcel(lines, rest.slice(0, 1)))).toBe(false);
    expect(isAllGone(afterParcel(lines, rest))).toBe(true);
  });
});

test.each([
  [' SF Express ', 'https://www.sf-express.com/chn/en/waybill/waybill-detail/SF%2F1'],
  ['顺丰', 'https://www.sf-express.com/chn/en/waybill/waybill-detail/SF%2F1'],
  ['Uncle Wang', null],
])('the page of %s', (carrier, url) => {
  expect(trackingUrlOf(carrier, 'SF/1')).toBe(url);
});
