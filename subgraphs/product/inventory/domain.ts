export type InventoryReason = 'RECEIVED' | 'CORRECTION' | 'DAMAGED' | 'RETURNED' | 'CYCLE_COUNT';
export type MovementReason = InventoryReason | 'SOLD';

export const MAX_STOCK = 1_000_000_000;

/** Counts as this many where it can be ordered without being there. */
export const UNLIMITED = 1_000_000_000;

export const levelId = (variantId: string, locationId: string): string => `${variantId}|${locationId}`;
export const reservationId = (groupId: string, variantId: string, locationId: string): string => `${groupId}|${variantId}|${locationId}`;

export interface Wish {
  readonly variantId: string;
  readonly quantity: number;
  /** Only from there; null: from wherever the merchant has it. */
  readonly locationId: string | null;
}

export interface Level {
  readonly variantId: string;
  readonly locationId: string;
  readonly available: number;
  readonly backorderable: boolean;
}

export interface Taking {
  readonly variantId: string;
  readonly locationId: string;
  readonly quantity: number;
}

export interface Shortage {
  readonly variantId: string;
  readonly requested: number;
  readonly available: number;
}

/** Wishes for the same variant and place are one. */
export function summed(wishes: readonly Wish[]): Wish[] {
  const byPlace = Map.groupBy(wishes, ({ variantId, locationId }) => `${variantId}|${locationId ?? ''}`);
  return [...byPlace.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, quantity: same.reduce((total, { quantity }) => total + quantity, 0) }] : [];
  });
}

/**
 * From where each wish is met: the levels in the order of their locations, splitting where needed; what is missing comes
 * from the first that may be promised beyond what it has. Wishes for a place take before those for any.
 */
export function allocateStock(wishes: readonly Wish[], levels: readonly Level[]): { takings: Taking[]; shortages: Shortage[] } {
  const left = new Map(levels.map((level) => [levelId(level.variantId, level.locationId), Math.max(0, level.available)]));
  const taken = new Map<string, Taking>();
  const shortages: Shortage[] = [];
  const ordered = [...levels].sort((a, b) => (a.locationId < b.locationId ? -1 : 1));
  const take = ({ variantId, locationId }: Level, quantity: number) => {
    const id = levelId(variantId, locationId);
    left.set(id, (left.get(id) ?? 0) - quantity);
    taken.set(id, { variantId, locationId, quantity: (taken.get(id)?.quantity ?? 0) + quantity });
  };
  for (const wish of [...wishes].sort((a, b) => Number(a.locationId === null) - Number(b.locationId === null))) {
    const places = ordered.filter(({ variantId, locationId }) => variantId === wish.variantId && (wish.locationId === null || locationId === wish.locationId));
    const free = (place: Level) => Math.max(0, left.get(levelId(place.variantId, place.locationId)) ?? 0);
    const available = places.reduce((total, place) => total + free(place), 0);
    const beyond = places.find(({ backorderable }) => backorderable);
    if (available < wish.quantity && !beyond) {
      shortages.push({ variantId: wish.variantId, requested: wish.quantity, available });
      continue;
    }
    let open = wish.quantity;
    for (const place of places) {
      const quantity = Math.min(open, free(place));
      if (quantity > 0) take(place, quantity);
      open -= quantity;
    }
    if (open > 0 && beyond) take(beyond, open);
  }
  return { takings: [...taken.values()].sort((a, b) => (levelId(a.variantId, a.locationId) < levelId(b.variantId, b.locationId) ? -1 : 1)), shortages };
}

export interface Held {
  readonly locationId: string;
  readonly quantity: number;
}

/** Takes `wanted` out of what is held at several places, in their order; null where less is held. */
export function drawFrom(held: readonly Held[], wanted: number): Held[] | null {
  let open = wanted;
  const drawn = [...held]
    .sort((a, b) => (a.locationId < b.locationId ? -1 : 1))
    .flatMap(({ locationId, quantity }) => {
      const part = Math.min(open, quantity);
      open -= part;
      return part > 0 ? [{ locationId, quantity: part }] : [];
    });
  return open > 0 ? null : drawn;
}

/** What can be bought of a variant, over the places that are open. */
export function availableOf(levels: readonly Pick<Level, 'available' | 'backorderable'>[]): number {
  if (levels.some(({ backorderable }) => backorderable)) return UNLIMITED;
  return levels.reduce((total, { available }) => total + Math.max(0, available), 0);
}
