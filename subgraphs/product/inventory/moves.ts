import type { EntityManager } from '@mikro-orm/mongodb';
import { newId } from '#platform/entity.ts';
import { schedule } from '#platform/jobs.ts';
import { rawCollection } from '#platform/rows.ts';
import { isDuplicateKey, sessionOf } from '#platform/transaction.ts';
import { STOCK_CHANGED } from '../catalogue/writing.ts';
import { levelId, type MovementReason, reservationId } from './domain.ts';
import { InventoryLevel, Reservation, StockMovement, StockOperation } from './entities.ts';

/** How one level changes; available follows from the other two. */
export interface Move {
  readonly variantId: string;
  readonly locationId: string;
  readonly onHand: number;
  readonly reserved: number;
}

/**
 * The only way a level changes: one conditional update, refused (false) where something would fall below zero that may
 * not. Looks whether the product's being in stock may have changed with it.
 */
export async function moveLevel(tx: EntityManager, { variantId, locationId, onHand, reserved }: Move): Promise<boolean> {
  const available = onHand - reserved;
  const after = await rawCollection(tx, InventoryLevel).findOneAndUpdate(
    {
      _id: levelId(variantId, locationId),
      ...(onHand < 0 && { onHand: { $gte: -onHand } }),
      ...(reserved < 0 && { reserved: { $gte: -reserved } }),
      ...(available < 0 && { $or: [{ available: { $gte: -available } }, { backorderable: true }] }),
    },
    { $inc: { onHand, reserved, available, version: 1 } },
    { ...sessionOf(tx), returnDocument: 'after', projection: { available: 1, productId: 1 } },
  );
  if (!after) return false;
  const now = Number(after['available']);
  const isTurningPoint = now > 0 !== now - available > 0;
  if (isTurningPoint) await schedule(tx, { kind: STOCK_CHANGED, subjectId: String(after['productId']), runAt: new Date() });
  return true;
}

/** Why goods came or went; `actor` is null where an order moved them. */
export interface Cause {
  readonly reason: MovementReason;
  readonly reference: string;
  readonly note: string | null;
  readonly actor: string | null;
}

export async function recordMovements(tx: EntityManager, moves: readonly Move[], cause: Cause): Promise<void> {
  const rows = moves
    .filter(({ onHand }) => onHand !== 0)
    .map(({ variantId, locationId, onHand }) => ({ _id: newId('move'), createdAt: new Date(), variantId, locationId, delta: onHand, ...cause }));
  if (rows.length > 0) await rawCollection(tx, StockMovement).insertMany(rows, sessionOf(tx));
}

/** How a reservation changes. */
export interface Holding {
  readonly variantId: string;
  readonly locationId: string;
  readonly quantity: number;
  readonly shipped: number;
  readonly returned: number;
}

export async function moveReservations(tx: EntityManager, groupId: string, holdings: readonly Holding[]): Promise<void> {
  await rawCollection(tx, Reservation).bulkWrite(
    holdings.map(({ variantId, locationId, quantity, shipped, returned }) => ({
      updateOne: {
        filter: { _id: reservationId(groupId, variantId, locationId) },
        update: { $inc: { quantity, shipped, returned }, $setOnInsert: { groupId, variantId, locationId, createdAt: new Date() } },
        upsert: true,
      },
    })),
    { ...sessionOf(tx), ordered: true },
  );
}

export type OperationKind = 'reserve' | 'release' | 'ship' | 'restock';

export const operationId = (kind: OperationKind, reference: string): string => `${kind}|${reference}`;

/** False where somebody has done it. Asked for first, since a duplicate key would end the transaction. */
export async function claimOperation(tx: EntityManager, kind: OperationKind, reference: string, groupId: string): Promise<boolean> {
  const operations = rawCollection(tx, StockOperation);
  const _id = operationId(kind, reference);
  if (await operations.findOne({ _id }, { ...sessionOf(tx), projection: { _id: 1 } })) return false;
  await operations.insertOne({ _id, groupId, isDone: true, at: new Date() }, sessionOf(tx));
  return true;
}

/** Whoever meets another's claim in the same moment looks again, and finds it. */
export async function onceMore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return work();
  }
}
