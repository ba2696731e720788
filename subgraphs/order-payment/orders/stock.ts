import type { EntityManager } from '@mikro-orm/mongodb';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import type { Siblings } from '#platform/siblings.ts';
import type { Context } from '../context.ts';
import { releaseStock, restockStock, type StockLines, shipStock } from '../siblings.ts';

/** What happens to goods after checkout: reserved ones become available again or leave, returned ones go on sale. */
const MOVES = {
  RELEASE: releaseStock,
  SHIP: shipStock,
  RESTOCK: restockStock,
} as const satisfies Record<string, (siblings: Siblings, stock: StockLines) => Promise<void>>;

export type StockMove = keyof typeof MOVES;

const jobKind = (move: StockMove): string => `stock-${move.toLowerCase()}`;

/** Left to the process that committed the change before the timer takes over. */
const GRACE_MS = 15_000;

/**
 * Notes in the caller's transaction that goods must move, so that they do, whatever happens afterwards. The caller goes on
 * with `moveStockNow` after the commit.
 */
export const scheduleStock = (tx: EntityManager, move: StockMove, stock: StockLines): Promise<void> =>
  schedule(tx, { kind: jobKind(move), subjectId: stock.reference, runAt: new Date(Date.now() + GRACE_MS), data: { ...stock } });

/**
 * The same at once. When the product subgraph does not answer, or has not got the goods in its books yet, the timer
 * repeats it: the reference makes it count once.
 */
export async function moveStockNow(context: Context, move: StockMove, stock: StockLines): Promise<void> {
  try {
    await MOVES[move](context.siblings, stock);
  } catch (error) {
    context.log.warn({ move, reference: stock.reference, error: String(error) }, 'stock could not be moved now, will be tried again');
    return;
  }
  await unschedule(context.em, jobKind(move), stock.reference);
}

const runMove =
  (move: StockMove) =>
  async (context: Context, { data }: Job) => {
    await MOVES[move](context.siblings, stockLinesOf(data));
  };

/** The timers' turn. */
export const stockJobs = {
  [jobKind('RELEASE')]: runMove('RELEASE'),
  [jobKind('SHIP')]: runMove('SHIP'),
  [jobKind('RESTOCK')]: runMove('RESTOCK'),
};

function stockLinesOf({ reference, groupId, lines }: Job['data']): StockLines {
  return { reference: String(reference), groupId: String(groupId), lines: Array.isArray(lines) ? lines : null };
}
