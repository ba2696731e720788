import type { EntityManager } from '@mikro-orm/mongodb';
import { type Job, schedule, unschedule } from '#platform/jobs.ts';
import type { Context } from '../context.ts';
import { releaseStock, type StockLines } from '../siblings.ts';

export const RELEASE_JOB = 'stock-release';

/** Left to the process that committed the change before the timer takes over. */
const GRACE_MS = 15_000;

/**
 * Notes in the caller's transaction that reserved goods must go back, so that they do, whatever happens afterwards. The
 * caller goes on with `releaseNow` after the commit.
 */
export const scheduleRelease = (tx: EntityManager, stock: StockLines): Promise<void> =>
  schedule(tx, { kind: RELEASE_JOB, subjectId: stock.reference, runAt: new Date(Date.now() + GRACE_MS), data: { ...stock } });

/** The same at once. When the product subgraph does not answer, the timer repeats it: the reference makes it count once. */
export async function releaseNow(context: Context, stock: StockLines): Promise<void> {
  try {
    await releaseStock(context.siblings, stock);
  } catch (error) {
    context.log.warn({ reference: stock.reference, error: String(error) }, 'stock could not be released now, will be tried again');
    return;
  }
  await unschedule(context.em, RELEASE_JOB, stock.reference);
}

/** The timer's turn. */
export async function runRelease(context: Context, { data }: Job): Promise<void> {
  await releaseStock(context.siblings, stockLinesOf(data));
}

function stockLinesOf({ reference, groupId, lines }: Job['data']): StockLines {
  return { reference: String(reference), groupId: String(groupId), lines: Array.isArray(lines) ? lines : null };
}
