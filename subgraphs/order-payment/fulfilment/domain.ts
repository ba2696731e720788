import { validationError } from '#platform/errors.ts';

/** What a carrier may report after what. The same report twice is one; a parcel may be on its way for several reports. */
export const SHIPMENT_TRANSITIONS = {
  SHIPPED: ['IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'EXCEPTION', 'RETURNED'],
  IN_TRANSIT: ['IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'EXCEPTION', 'RETURNED'],
  OUT_FOR_DELIVERY: ['IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'EXCEPTION', 'RETURNED'],
  EXCEPTION: ['IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'EXCEPTION', 'RETURNED'],
  DELIVERED: [],
  RETURNED: [],
} as const satisfies Record<string, readonly string[]>;

export type ShipmentStatus = keyof typeof SHIPMENT_TRANSITIONS;

const isShipmentStatus = (status: string): status is ShipmentStatus => status in SHIPMENT_TRANSITIONS;
export const SHIPMENT_STATUSES: readonly ShipmentStatus[] = Object.keys(SHIPMENT_TRANSITIONS).filter(isShipmentStatus);

export function mayBecome(from: ShipmentStatus, to: ShipmentStatus): boolean {
  const allowed: readonly ShipmentStatus[] = SHIPMENT_TRANSITIONS[from];
  return allowed.includes(to);
}

export const statusesBefore = (to: ShipmentStatus): ShipmentStatus[] => SHIPMENT_STATUSES.filter((from) => mayBecome(from, to));

interface Line {
  readonly id: string;
  readonly quantity: number;
  readonly shippedQuantity: number;
  readonly releasedQuantity: number;
}

export interface Parcel {
  readonly orderLineId: string;
  readonly quantity: number;
}

/** Units that are still to leave the house: bought, less gone, less refunded before they went. */
export const shippable = (line: Line): number => line.quantity - line.shippedQuantity - line.releasedQuantity;

export const isAllGone = (lines: readonly Line[]): boolean => lines.every((line) => shippable(line) === 0);

/** Everything that is left, as one parcel. */
export const restOf = (lines: readonly Line[]): Parcel[] =>
  lines.filter((line) => shippable(line) > 0).map((line) => ({ orderLineId: line.id, quantity: shippable(line) }));

type Problem = ReturnType<typeof validationError>;

/** What is wrong with the parcel that the merchant named; null when it can go. */
export function checkParcel(lines: readonly Line[], wanted: readonly Parcel[]): Problem | null {
  if (wanted.length === 0)
    return validationError(['input', 'lines'], {
      en: 'Name at least one line, or leave `lines` out to ship all that is left.',
      zh: '请至少选择一行，或不填 lines 以发出全部剩余商品。',
    });
  const seen = new Set<string>();
  for (const [index, { orderLineId, quantity }] of wanted.entries()) {
    const path = ['input', 'lines', index];
    const line = lines.find(({ id }) => id === orderLineId);
    if (!line) return validationError([...path, 'orderLineId'], { en: 'This line is not part of the order.', zh: '该行不属于此订单。' });
    if (seen.has(orderLineId))
      return validationError([...path, 'orderLineId'], { en: 'Name each line once, with its whole quantity.', zh: '每行只能出现一次，请填写总数量。' });
    seen.add(orderLineId);
    if (quantity < 1) return validationError([...path, 'quantity'], { en: 'The quantity must be at least 1.', zh: '数量至少为 1。' });
    const left = shippable(line);
    if (quantity > left) {
      return validationError(
        [...path, 'quantity'],
        { en: `At most ${left} of this line can still be shipped.`, zh: `该行最多还可发出 ${left} 件。` },
        'QUANTITY_EXCEEDED',
      );
    }
  }
  return null;
}

/** The lines after the parcel has left. */
export function afterParcel<L extends Line>(lines: readonly L[], parcel: readonly Parcel[]): L[] {
  const going = new Map(parcel.map(({ orderLineId, quantity }) => [orderLineId, quantity]));
  return lines.map((line) => ({ ...line, shippedQuantity: line.shippedQuantity + (going.get(line.id) ?? 0) }));
}

/** Wrong codes that are accepted before a new one has to be made. */
export const PICKUP_TRIES = 5;

const CARRIER_PAGES: readonly { names: readonly string[]; page: (number: string) => string }[] = [
  { names: ['sf', 'sf express', '顺丰', '顺丰速运'], page: (number) => `https://www.sf-express.com/chn/en/waybill/waybill-detail/${number}` },
  { names: ['dhl', 'dhl express'], page: (number) => `https://www.dhl.com/global-en/home/tracking.html?tracking-id=${number}` },
  { names: ['ups'], page: (number) => `https://www.ups.com/track?tracknum=${number}` },
  { names: ['fedex'], page: (number) => `https://www.fedex.com/fedextrack/?trknbr=${number}` },
];

/** The carrier's own page about a parcel; null for carriers that are not known here. */
export function trackingUrlOf(carrier: string, trackingNumber: string): string | null {
  const known = CARRIER_PAGES.find(({ names }) => names.includes(carrier.trim().toLowerCase()));
  return known?.page(encodeURIComponent(trackingNumber)) ?? null;
}
