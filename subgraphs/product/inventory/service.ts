import type { EntityManager } from '@mikro-orm/mongodb';
import { notFoundError, type Text, type UserErrorData, userError, validationError, versionConflictError } from '#platform/errors.ts';
import { type Complete, idempotent } from '#platform/idempotency.ts';
import { principalOf } from '#platform/identity.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { sessionOf, transaction } from '#platform/transaction.ts';
import { turns } from '#platform/turns.ts';
import { mayMoveStock } from '../access.ts';
import { findVariants, type VariantRow } from '../catalogue/loaders.ts';
import { tooMany } from '../catalogue/product-input.ts';
import { Location } from '../locations/entities.ts';
import { lengthProblems } from '../texts.ts';
import { refreshInStock } from './availability.ts';
import { type InventoryReason, levelId, MAX_STOCK } from './domain.ts';
import { InventoryLevel } from './entities.ts';
import { findLevels, type LevelRow } from './loaders.ts';
import { type Cause, type Move, moveLevel, recordMovements } from './moves.ts';

export interface StockOutcome {
  readonly levelIds: string[];
  readonly userErrors: UserErrorData[];
}

interface Place {
  readonly variantId: string;
  readonly locationId: string;
}

export interface InventoryAdjustInput {
  readonly changes: readonly (Place & { readonly delta: number })[];
  readonly reason: InventoryReason;
  readonly note?: string | null | undefined;
  readonly idempotencyKey: string;
}

export interface InventorySetInput {
  readonly entries: readonly (Place & { readonly onHand: number; readonly expectedOnHand: number; readonly backorderable?: boolean | null | undefined })[];
  readonly reason: InventoryReason;
  readonly idempotencyKey: string;
}

type Path = readonly (string | number)[];

/** One level as it shall become, decided from how it is. */
interface Plan {
  readonly place: Place;
  readonly path: Path;
  readonly decide: (level: LevelRow) => { readonly onHand: number; readonly backorderable: boolean } | UserErrorData;
}

const refused = (...userErrors: UserErrorData[]): StockOutcome => ({ levelIds: [], userErrors });
const MAX_ENTRIES = 200;

export function adjustInventory(context: RequestScope, input: InventoryAdjustInput): Promise<StockOutcome> {
  const problems = [
    ...listProblems(input.changes, ['input', 'changes']),
    ...(input.note == null ? [] : lengthProblems(input.note, ['input', 'note'], 0, 500)),
    ...input.changes.flatMap(({ delta }, index) =>
      delta !== 0 && Math.abs(delta) <= MAX_STOCK
        ? []
        : [
            validationError(
              ['input', 'changes', index, 'delta'],
              { en: `Must be a whole number other than 0, up to ${MAX_STOCK}.`, zh: `须为不等于 0 且不超过 ${MAX_STOCK} 的整数。` },
              'RANGE',
            ),
          ],
    ),
  ];
  const plans = input.changes.map(({ delta, ...place }, index): Plan => {
    const path = ['input', 'changes', index];
    return {
      place,
      path,
      decide: ({ onHand, backorderable }) => (onHand + delta > MAX_STOCK ? tooMuch([...path, 'delta']) : { onHand: onHand + delta, backorderable }),
    };
  });
  return carryOut(context, 'inventoryAdjust', input, plans, problems);
}

export function setInventory(context: RequestScope, input: InventorySetInput): Promise<StockOutcome> {
  const ids = input.entries.map(({ variantId, locationId }) => levelId(variantId, locationId));
  const problems = [
    ...listProblems(input.entries, ['input', 'entries']),
    ...input.entries.flatMap(({ onHand }, index) => (onHand >= 0 && onHand <= MAX_STOCK ? [] : [tooMuch(['input', 'entries', index, 'onHand'])])),
    ...ids.flatMap((id, index) =>
      ids.indexOf(id) < index
        ? [validationError(['input', 'entries', index], { en: 'This variant and location are given twice.', zh: '该规格与地点重复。' }, 'DUPLICATE')]
        : [],
    ),
  ];
  const plans = input.entries.map(({ onHand, expectedOnHand, backorderable, ...place }, index): Plan => {
    const path = ['input', 'entries', index];
    return {
      place,
      path,
      decide: (level) =>
        level.onHand === expectedOnHand
          ? { onHand, backorderable: backorderable ?? level.backorderable }
          : versionConflictError([...path, 'expectedOnHand'], level.version, stockIsOther(level)),
    };
  });
  return carryOut(context, 'inventorySet', input, plans, problems);
}

const stockIsOther = ({ onHand }: LevelRow): Text => ({
  en: `The stock was changed meanwhile and is now ${onHand}; read it again and retry.`,
  zh: `库存已被更改，当前为 ${onHand}，请重新读取后再试。`,
});

const tooMuch = (path: Path): UserErrorData =>
  validationError(path, { en: `Stock is from 0 to ${MAX_STOCK}.`, zh: `库存须在 0 到 ${MAX_STOCK} 之间。` }, 'RANGE');

const belowReserved = (path: Path, { variantId, reserved }: LevelRow): UserErrorData =>
  userError(
    'StockBelowReservedError',
    'STOCK_BELOW_RESERVED',
    path,
    { en: `${reserved} are reserved for orders; the stock cannot be less.`, zh: `已有 ${reserved} 件为订单预留，库存不能低于该数量。` },
    { variantId, reserved },
  );

function listProblems(list: readonly unknown[], path: Path): UserErrorData[] {
  if (list.length === 0) return [validationError(path, { en: 'Give at least one.', zh: '至少提供一项。' }, 'REQUIRED')];
  return list.length > MAX_ENTRIES ? [tooMany(path, MAX_ENTRIES)] : [];
}

interface Request {
  readonly reason: InventoryReason;
  readonly note?: string | null | undefined;
  readonly idempotencyKey: string;
}

async function carryOut(
  context: RequestScope,
  field: string,
  input: Request,
  plans: readonly Plan[],
  problems: readonly UserErrorData[],
): Promise<StockOutcome> {
  const { em, identity } = context;
  const outcome = await idempotent<StockOutcome>({ em, identity, field, key: input.idempotencyKey, args: input }, async (complete) => {
    if (problems.length > 0) return refused(...problems);
    const variants = await ownVariants(context, plans);
    if (!(variants instanceof Map)) return refused(...variants);
    const cause: Cause = { reason: input.reason, reference: input.idempotencyKey, note: input.note?.trim() || null, actor: principalOf(identity) };
    const result = await turns.inTurn(variants.keys(), () => writePlans(em, plans, variants, cause, complete));
    for (const productId of new Set([...variants.values()].map((variant) => variant.productId))) await refreshInStock(em, productId);
    return result;
  });
  return 'conflict' in outcome ? refused(outcome.conflict) : outcome.result;
}

/** The variants, where the caller may move the stock of all and each location is of the same merchant. */
async function ownVariants({ em, identity }: RequestScope, plans: readonly Plan[]): Promise<Map<string, VariantRow> | UserErrorData[]> {
  const [variants, locations] = await Promise.all([
    findVariants(em, { _id: { $in: plans.map(({ place }) => place.variantId) } }),
    findRows(em, Location, { _id: { $in: plans.map(({ place }) => place.locationId) } }, ['merchantId']),
  ]);
  const own = new Map(variants.filter(({ merchantId }) => mayMoveStock(identity, merchantId)).map((variant) => [variant.id, variant]));
  const merchantOf = new Map(locations.map(({ id, merchantId }) => [id, merchantId]));
  const problems = plans.flatMap(({ place, path }) => {
    const variant = own.get(place.variantId);
    if (!variant) return [notFoundError([...path, 'variantId'], { en: 'The variant', zh: '该规格' })];
    return merchantOf.get(place.locationId) === variant.merchantId ? [] : [notFoundError([...path, 'locationId'], { en: 'The location', zh: '该地点' })];
  });
  return problems.length > 0 ? problems : own;
}

class RefusedError extends Error {
  readonly userErrors: UserErrorData[];
  constructor(userErrors: UserErrorData[]) {
    super('refused');
    this.userErrors = userErrors;
  }
}

async function writePlans(
  em: EntityManager,
  plans: readonly Plan[],
  variants: ReadonlyMap<string, VariantRow>,
  cause: Cause,
  complete: Complete<StockOutcome>,
): Promise<StockOutcome> {
  try {
    return await transaction(em, async (tx) => {
      const levels = await openLevels(tx, plans, variants);
      const moves = decideAll(plans, levels);
      for (const { move, backorderable } of moves) {
        const level = levels.get(levelId(move.variantId, move.locationId));
        if (level?.backorderable !== backorderable)
          await rawCollection(tx, InventoryLevel).updateOne({ _id: level?.id ?? '' }, { $set: { backorderable } }, sessionOf(tx));
        if (move.onHand !== 0 && !(await moveLevel(tx, move))) throw new Error(`${move.variantId} at ${move.locationId} changed under its own transaction`);
      }
      await recordMovements(
        tx,
        moves.map(({ move }) => move),
        cause,
      );
      const outcome: StockOutcome = { levelIds: [...levels.keys()], userErrors: [] };
      await complete(outcome, tx);
      return outcome;
    });
  } catch (error) {
    if (error instanceof RefusedError) return refused(...error.userErrors);
    throw error;
  }
}

/** The levels of the plans, made where there were none. */
async function openLevels(tx: EntityManager, plans: readonly Plan[], variants: ReadonlyMap<string, VariantRow>): Promise<Map<string, LevelRow>> {
  const places = new Map(plans.map(({ place }) => [levelId(place.variantId, place.locationId), place]));
  const locations = await findRows(tx, Location, { _id: { $in: [...places.values()].map(({ locationId }) => locationId) } }, ['isActive']);
  const isActive = new Map(locations.map((location) => [location.id, location.isActive]));
  const empty = { onHand: 0, reserved: 0, available: 0, backorderable: false, version: 0 };
  await rawCollection(tx, InventoryLevel).bulkWrite(
    [...places].map(([_id, { variantId, locationId }]) => {
      const { productId, merchantId } = variants.get(variantId) ?? {};
      return {
        updateOne: {
          filter: { _id },
          update: { $setOnInsert: { variantId, locationId, productId, merchantId, ...empty, isActive: isActive.get(locationId) ?? false } },
          upsert: true,
        },
      };
    }),
    sessionOf(tx),
  );
  const levels = await findLevels(tx, { _id: { $in: [...places.keys()] } });
  return new Map(levels.map((level) => [level.id, level]));
}

/** What moves, each plan seeing what those before it did; throws what refuses them. */
function decideAll(plans: readonly Plan[], levels: ReadonlyMap<string, LevelRow>): { move: Move; backorderable: boolean }[] {
  const current = new Map(levels);
  const problems: UserErrorData[] = [];
  const moves = plans.flatMap(({ place, path, decide }) => {
    const id = levelId(place.variantId, place.locationId);
    const level = current.get(id);
    if (!level) throw new Error(`the level ${id} was not opened`);
    const decision = decide(level);
    if ('code' in decision) {
      problems.push(decision);
      return [];
    }
    const { onHand, backorderable } = decision;
    const isShort = onHand < 0 || (onHand < level.reserved && !backorderable);
    if (isShort) problems.push(belowReserved(path, level));
    current.set(id, { ...level, onHand, backorderable });
    return isShort ? [] : [{ move: { ...place, onHand: onHand - level.onHand, reserved: 0 }, backorderable }];
  });
  if (problems.length > 0) throw new RefusedError(problems);
  return moves;
}
