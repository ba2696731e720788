import { levelId, reservationId } from '../../subgraphs/product/inventory/domain.ts';
import { InventoryLevel, Reservation, StockMovement, StockOperation } from '../../subgraphs/product/inventory/entities.ts';
import { operationId } from '../../subgraphs/product/inventory/moves.ts';
import type { Calendar } from './calendar.ts';
import { HOUR } from './calendar.ts';
import { type Stored, stored, type Written } from './documents.ts';
import { demoId } from './ids.ts';
import type { DemoProduct, DemoVariant } from './products.ts';
import { randomOf } from './random.ts';

interface Parcel {
  readonly variantId: string;
  readonly quantity: number;
}

/** What moved at one place. */
interface Place {
  reserved: number;
  sold: number;
  returned: number;
}

/** Keeps what orders do to the stock, and says in the end what must have been received for it. */
export function stockBook(calendar: Calendar) {
  const places = new Map<string, Place>();
  const reservations = new Map<string, Stored<Reservation>[]>();
  const operations: Stored<StockOperation>[] = [];
  const movements: Stored<StockMovement>[] = [];

  const placeOf = (variantId: string, locationId: string): Place => {
    const id = levelId(variantId, locationId);
    const place = places.get(id) ?? { reserved: 0, sold: 0, returned: 0 };
    places.set(id, place);
    return place;
  };
  const note = (kind: 'reserve' | 'release' | 'ship' | 'restock', reference: string, groupId: string, age: number) =>
    operations.push({ _id: operationId(kind, reference), groupId, isDone: true, at: calendar.before(age) });
  const heldOf = (groupId: string, variantId: string): Stored<Reservation> => {
    const held = reservations.get(groupId)?.find((row) => row.variantId === variantId);
    if (!held) throw new Error(`${groupId} holds nothing of ${variantId}`);
    return held;
  };
  const record = (held: Stored<Reservation>, reason: 'SOLD' | 'RETURNED', delta: number, reference: string, age: number) =>
    movements.push(movementOf(held.variantId, held.locationId, { reason, delta, reference, actor: null, age }));
  const movementOf = (
    variantId: string,
    locationId: string,
    { reason, delta, reference, actor, age }: { reason: StockMovement['reason']; delta: number; reference: string; actor: string | null; age: number },
  ): Stored<StockMovement> => ({
    _id: demoId('move', age, `${reference} ${variantId} ${locationId} ${reason}`),
    createdAt: calendar.before(age),
    variantId,
    locationId,
    reason,
    delta,
    reference,
    note: null,
    actor,
  });

  return {
    reserve(groupId: string, age: number, takings: readonly (Parcel & { readonly locationId: string })[]): void {
      note('reserve', groupId, groupId, age);
      for (const { variantId, locationId, quantity } of takings) placeOf(variantId, locationId).reserved += quantity;
      reservations.set(
        groupId,
        takings.map(({ variantId, locationId, quantity }) => ({
          _id: reservationId(groupId, variantId, locationId),
          groupId,
          variantId,
          locationId,
          quantity,
          shipped: 0,
          returned: 0,
          createdAt: calendar.before(age),
        })),
      );
    },
    /** Without lines all that the group holds, and it does not reserve any more. */
    release(groupId: string, reference: string, age: number, lines: readonly Parcel[] | null): void {
      note('release', reference, groupId, age);
      if (lines === null) for (const operation of operations) if (operation._id === operationId('reserve', groupId)) operation.isDone = false;
      const parts = lines ?? (reservations.get(groupId) ?? []).map(({ variantId, quantity }) => ({ variantId, quantity }));
      for (const { variantId, quantity } of parts) {
        const held = heldOf(groupId, variantId);
        held.quantity -= quantity;
        placeOf(variantId, held.locationId).reserved -= quantity;
      }
    },
    ship(groupId: string, reference: string, age: number, lines: readonly Parcel[]): void {
      note('ship', reference, groupId, age);
      for (const { variantId, quantity } of lines) {
        const held = heldOf(groupId, variantId);
        const place = placeOf(variantId, held.locationId);
        held.quantity -= quantity;
        held.shipped += quantity;
        place.reserved -= quantity;
        place.sold += quantity;
        record(held, 'SOLD', -quantity, reference, age);
      }
    },
    restock(groupId: string, reference: string, age: number, lines: readonly Parcel[]): void {
      note('restock', reference, groupId, age);
      for (const { variantId, quantity } of lines) {
        const held = heldOf(groupId, variantId);
        held.returned += quantity;
        placeOf(variantId, held.locationId).returned += quantity;
        record(held, 'RETURNED', quantity, reference, age);
      }
    },
    /** What every product of the block has, so that all orders could be served; and which of them are in stock. */
    close(products: readonly DemoProduct[]): { written: Written[]; inStock: ReadonlySet<string> } {
      const levels: Stored<InventoryLevel>[] = [];
      for (const product of products) {
        for (const variant of product.variants) {
          for (const locationId of locationsOf(variant)) {
            const { reserved, sold, returned } = placeOf(variant.id, locationId);
            const available = leftOver(variant, locationId);
            const damaged = variant.merchant.words.sells === 'PHYSICAL' && randomOf('damaged', variant.id, locationId).chance(0.1) ? 1 : 0;
            const cause = { reference: `demo-${variant.id}-${locationId}`, actor: `user:${variant.merchant.ownerId}` };
            const received = available + reserved + sold - returned + damaged;
            if (received > 0) movements.push(movementOf(variant.id, locationId, { reason: 'RECEIVED', delta: received, age: product.age - HOUR, ...cause }));
            if (damaged > 0) movements.push(movementOf(variant.id, locationId, { reason: 'DAMAGED', delta: -damaged, age: product.age - 2 * HOUR, ...cause }));
            levels.push({
              _id: levelId(variant.id, locationId),
              variantId: variant.id,
              locationId,
              productId: product.id,
              merchantId: variant.merchant.id,
              onHand: available + reserved,
              reserved,
              available,
              backorderable: false,
              isActive: true,
              version: 1,
            });
          }
        }
      }
      return {
        inStock: new Set(levels.filter(({ available }) => available > 0).map(({ productId }) => productId)),
        written: [
          stored('product', InventoryLevel, levels),
          stored('product', StockMovement, movements),
          stored('product', Reservation, [...reservations.values()].flat()),
          stored('product', StockOperation, operations),
        ],
      };
    },
  };
}

export type StockBook = ReturnType<typeof stockBook>;

/** Where a variant lies: at every counter, in the first warehouse, and every second one also in the others. */
function locationsOf({ merchant, id }: DemoVariant): readonly string[] {
  if (merchant.words.modes.includes('PICKUP')) return merchant.locationIds;
  const isSpread = randomOf('spread', id).chance(0.5);
  return isSpread ? merchant.locationIds : merchant.locationIds.slice(0, 1);
}

/** From where an order is served. */
export const servedFrom = ({ merchant }: DemoVariant, pickupLocationId: string | null): string => {
  const [first] = merchant.locationIds;
  if (first === undefined) throw new Error(`${merchant.slug} has no location`);
  return pickupLocationId ?? first;
};

const FILES_LEFT = 10_000;

/** What is for sale after all orders: a few things are sold out, second-hand ones are single pieces. */
function leftOver({ merchant, id }: DemoVariant, locationId: string): number {
  const random = randomOf('left', id, locationId);
  switch (merchant.words.sells) {
    case 'DIGITAL':
      return FILES_LEFT;
    case 'C2C_LISTING':
      return random.chance(0.8) ? 1 : 0;
    case 'PHYSICAL':
      return random.chance(0.05) ? 0 : random.int(3, 160);
  }
}
