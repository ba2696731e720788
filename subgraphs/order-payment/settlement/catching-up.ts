import type { EntityManager } from '@mikro-orm/mongodb';
import type { Config } from '#platform/config.ts';
import { schedule } from '#platform/jobs.ts';
import { findRows, rawCollection } from '#platform/rows.ts';
import type { Context } from '../context.ts';
import { Order } from '../orders/entities.ts';
import { OrderSettlement } from './entities.ts';
import { settleOrders } from './posting.ts';

/** Posts the orders of a shop that had none of them posted. */
export const CATCH_UP_JOB = 'settlement-catch-up';

const AT_ONCE = 1_000;

/** A shop that sold before it kept a ledger begins it with all that it has sold. */
export async function prepareLedger({ em }: Context): Promise<void> {
  const [settled] = await findRows(em, OrderSettlement, {}, ['currency'], { limit: 1 });
  if (settled) return;
  const [sold] = await findRows(em, Order, { paidAt: { $ne: null } }, ['currency'], { limit: 1 });
  if (sold) await schedule(em, { kind: CATCH_UP_JOB, subjectId: 'orders', runAt: new Date() });
}

/** All orders of each merchant, as they were placed. Repeatable, and beside what else is posted. */
export async function catchUp(em: EntityManager, config: Config, onProgress: (done: number) => void = () => {}): Promise<void> {
  const orders = rawCollection(em, Order);
  const merchantIds: string[] = await orders.distinct('merchantId');
  for (const [index, merchantId] of merchantIds.entries()) {
    onProgress(index / merchantIds.length);
    let orderIds: string[] = [];
    for await (const { _id } of orders.find({ merchantId, paidAt: { $ne: null } }, { projection: { _id: 1 }, sort: { placedAt: 1, _id: 1 } })) {
      if (orderIds.push(_id) < AT_ONCE) continue;
      await settleOrders(em, config, orderIds);
      orderIds = [];
    }
    await settleOrders(em, config, orderIds);
  }
}
