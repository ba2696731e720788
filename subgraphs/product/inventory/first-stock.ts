import type { EntityManager } from '@mikro-orm/mongodb';
import { rawCollection } from '#platform/rows.ts';
import { sessionOf } from '#platform/transaction.ts';
import { levelId } from './domain.ts';
import { InventoryLevel } from './entities.ts';
import { type Cause, moveLevel, recordMovements } from './moves.ts';

interface NewLevel {
  readonly variantId: string;
  readonly locationId: string;
  readonly productId: string;
  readonly merchantId: string;
}

/** The first goods of a new variant, at an open location, in the transaction that makes the variant. */
export async function receiveFirst(tx: EntityManager, level: NewLevel, quantity: number, cause: Cause): Promise<void> {
  const { variantId, locationId } = level;
  await rawCollection(tx, InventoryLevel).insertOne(
    { _id: levelId(variantId, locationId), ...level, onHand: 0, reserved: 0, available: 0, backorderable: false, isActive: true, version: 0 },
    sessionOf(tx),
  );
  const move = { variantId, locationId, onHand: quantity, reserved: 0 };
  if (!(await moveLevel(tx, move))) throw new Error(`${variantId} could not be put at ${locationId}`);
  await recordMovements(tx, [move], cause);
}
