import type { EntityManager } from '@mikro-orm/mongodb';
import { DomainError } from '#platform/errors.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { isDuplicateKey, sessionOf, transaction } from '#platform/transaction.ts';
import { turns } from '#platform/turns.ts';
import { allocateStock, drawFrom, type MovementReason, type Shortage, summed, type Taking, type Wish } from './domain.ts';
import { InventoryLevel, Reservation, StockOperation } from './entities.ts';
import { claimOperation, type Holding, type Move, moveLevel, moveReservations, onceMore, operationId, recordMovements } from './moves.ts';

export interface ReserveInput {
  readonly groupId: string;
  readonly lines: readonly { readonly variantId: string; readonly quantity: number; readonly locationId?: string | null | undefined }[];
}

export interface Reserved {
  readonly reserved: boolean;
  readonly shortages: Shortage[];
}

const MAX_LINES = 500;
const MAX_QUANTITY = 1_000_000;
/** How often a plan is made anew when other processes took what it counted on. */
const MAX_PLANS = 20;

/** All lines or none, once per group: whoever asks again gets what was answered. */
export async function reserveStock({ em }: RequestScope, { groupId, lines }: ReserveInput): Promise<Reserved> {
  checkLines(lines);
  const wishes = summed(lines.map(({ variantId, quantity, locationId }) => ({ variantId, quantity, locationId: locationId ?? null })));
  return turns.inTurn(
    wishes.map(({ variantId }) => variantId),
    async () => {
      for (let plan = 0; plan < MAX_PLANS; plan += 1) {
        const outcome = await planAndTake(em, groupId, wishes);
        if (outcome) return outcome;
      }
      throw new DomainError('SERVICE_UNAVAILABLE', 'The stock changes faster than it can be reserved; try again in a moment.');
    },
  );
}

/** Looks at what is there when its turn has come; null where that was gone before it could be taken. */
async function planAndTake(em: EntityManager, groupId: string, wishes: readonly Wish[]): Promise<Reserved | null> {
  const variantIds = [...new Set(wishes.map(({ variantId }) => variantId))];
  const levels = await findRows(em, InventoryLevel, { variantId: { $in: variantIds }, isActive: true }, [
    'variantId',
    'locationId',
    'available',
    'backorderable',
  ]);
  const { takings, shortages } = allocateStock(wishes, levels);
  // Whoever asks again may find nothing left of what it holds itself.
  if (shortages.length > 0) return (await earlierAnswer(em, groupId)) ?? { reserved: false, shortages };
  try {
    return (await take(em, groupId, takings)) ? { reserved: true, shortages: [] } : null;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return earlierAnswer(em, groupId);
  }
}

/** What the group was told before; null where it has not asked. */
async function earlierAnswer(em: EntityManager, groupId: string): Promise<Reserved | null> {
  const operation = await rawCollection(em, StockOperation).findOne({ _id: operationId('reserve', groupId) }, { projection: { isDone: 1 } });
  return operation && { reserved: operation['isDone'] === true, shortages: [] };
}

class GoneError extends Error {}

async function take(em: EntityManager, groupId: string, takings: readonly Taking[]): Promise<boolean> {
  try {
    await transaction(em, async (tx) => {
      await rawCollection(tx, StockOperation).insertOne({ _id: operationId('reserve', groupId), groupId, isDone: true, at: new Date() }, sessionOf(tx));
      for (const { variantId, locationId, quantity } of takings) {
        if (!(await moveLevel(tx, { variantId, locationId, onHand: 0, reserved: quantity }))) throw new GoneError();
      }
      await moveReservations(
        tx,
        groupId,
        takings.map((taking) => ({ ...taking, shipped: 0, returned: 0 })),
      );
    });
    return true;
  } catch (error) {
    if (error instanceof GoneError) return false;
    throw error;
  }
}

function checkLines(lines: readonly { readonly quantity: number }[]): void {
  if (lines.length < 1 || lines.length > MAX_LINES)
    throw new DomainError('BAD_USER_INPUT', `"lines" must have 1 to ${MAX_LINES} entries; it had ${lines.length}.`, { argument: 'lines' });
  const wrong = lines.find(({ quantity }) => quantity < 1 || quantity > MAX_QUANTITY);
  if (wrong) throw new DomainError('BAD_USER_INPUT', `"quantity" must be from 1 to ${MAX_QUANTITY}; it was ${wrong.quantity}.`, { argument: 'quantity' });
}

export interface SettleInput {
  readonly reference: string;
  readonly groupId: string;
  /** Null: all there is to settle. */
  readonly lines?: readonly Line[] | null | undefined;
}

interface Line {
  readonly variantId: string;
  readonly quantity: number;
}

/** How one unit moves, and out of what its group has. */
interface Step {
  readonly kind: 'release' | 'ship' | 'restock';
  readonly of: (held: Reservation) => number;
  readonly level: { readonly onHand: number; readonly reserved: number };
  readonly holding: { readonly quantity: number; readonly shipped: number; readonly returned: number };
  readonly reason: MovementReason | null;
}

const RELEASE: Step = {
  kind: 'release',
  of: ({ quantity }) => quantity,
  level: { onHand: 0, reserved: -1 },
  holding: { quantity: -1, shipped: 0, returned: 0 },
  reason: null,
};
const SHIP: Step = {
  kind: 'ship',
  of: ({ quantity }) => quantity,
  level: { onHand: -1, reserved: -1 },
  holding: { quantity: -1, shipped: 1, returned: 0 },
  reason: 'SOLD',
};
const RESTOCK: Step = {
  kind: 'restock',
  of: ({ shipped, returned }) => shipped - returned,
  level: { onHand: 1, reserved: 0 },
  holding: { quantity: 0, shipped: 0, returned: 1 },
  reason: 'RETURNED',
};

/** Goods leave: what was reserved is no longer here. False, and nothing done, where the group holds less or less is here. */
export const shipStock = (context: RequestScope, input: SettleInput): Promise<boolean> => settle(context, SHIP, input);

/** Returned goods are for sale again, where they came from. False where the group was not sent as many. */
export const restockStock = (context: RequestScope, input: SettleInput): Promise<boolean> => settle(context, RESTOCK, input);

/**
 * What is held is free again; without lines all that the group holds. A group released as a whole before it has reserved
 * does not reserve any more: its request may still be on the way.
 */
export const releaseStock = (context: RequestScope, input: SettleInput): Promise<boolean> => settle(context, RELEASE, input);

async function settle({ em }: RequestScope, step: Step, input: SettleInput): Promise<boolean> {
  if (input.lines) checkLines(input.lines);
  const { groupId } = input;
  const variantIds =
    input.lines?.map(({ variantId }) => variantId) ?? (await findRows(em, Reservation, { groupId }, ['variantId'])).map(({ variantId }) => variantId);
  return turns.inTurn(variantIds, () =>
    onceMore(async () => {
      try {
        await transaction(em, (tx) => settleIn(tx, step, input));
        return true;
      } catch (error) {
        if (error instanceof GoneError) return false;
        throw error;
      }
    }),
  );
}

async function settleIn(tx: EntityManager, step: Step, { reference, groupId, lines }: SettleInput): Promise<void> {
  if (!(await claimOperation(tx, step.kind, reference, groupId))) return;
  if (!lines && step === RELEASE) await closeGroup(tx, groupId);
  const held = await tx.find(Reservation, { groupId }, { orderBy: { _id: 1 } });
  const parts = lines ? partsOf(step, held, lines) : wholeOf(step, held);
  if (parts.length === 0) return;

  const moves: Move[] = parts.map(({ quantity, ...place }) => ({ ...place, onHand: step.level.onHand * quantity, reserved: step.level.reserved * quantity }));
  for (const move of moves) if (!(await moveLevel(tx, move))) throw new GoneError();
  const { reason } = step;
  if (reason !== null) await recordMovements(tx, moves, { reason, reference, note: null, actor: null });
  const holdings: Holding[] = parts.map(({ quantity, ...place }) => ({
    ...place,
    quantity: step.holding.quantity * quantity,
    shipped: step.holding.shipped * quantity,
    returned: step.holding.returned * quantity,
  }));
  await moveReservations(tx, groupId, holdings);
}

const wholeOf = (step: Step, held: readonly Reservation[]): Taking[] =>
  held.map((row) => ({ variantId: row.variantId, locationId: row.locationId, quantity: step.of(row) })).filter(({ quantity }) => quantity > 0);

/** Which part of each line comes from which place; in the order of the levels, so that two of them never wait in a circle. */
function partsOf(step: Step, held: readonly Reservation[], lines: readonly Line[]): Taking[] {
  const wanted = summed(lines.map((line) => ({ ...line, locationId: null })));
  return wanted
    .flatMap(({ variantId, quantity }) => {
      const rows = held.filter((row) => row.variantId === variantId).map((row) => ({ locationId: row.locationId, quantity: step.of(row) }));
      const drawn = drawFrom(rows, quantity);
      if (!drawn) throw new GoneError();
      return drawn.map((part) => ({ variantId, ...part }));
    })
    .sort((a, b) => (`${a.variantId}|${a.locationId}` < `${b.variantId}|${b.locationId}` ? -1 : 1));
}

async function closeGroup(tx: EntityManager, groupId: string): Promise<void> {
  await rawCollection(tx, StockOperation).updateOne(
    { _id: operationId('reserve', groupId) },
    { $set: { isDone: false }, $setOnInsert: { groupId, at: new Date() } },
    { upsert: true, ...sessionOf(tx) },
  );
}
