import type { Context } from '../context.ts';
import { isBuyer, isOverseer, viewerOf } from './access.ts';
import { readOrderNumber } from './number.ts';
import type { Order, OrderGroup } from './sources.ts';
import { sumOf } from './totals.ts';

/** The order, if the caller may see it: a hidden one and a missing one read alike. */
export const visible = ({ identity }: Context, order: Order | null): Order | null => (order && viewerOf(identity, order) ? order : null);

export const visibleOrder = async (context: Context, id: string): Promise<Order | null> => visible(context, await context.loaders.order.load(id));

export async function visibleOrderByNumber(context: Context, typed: string): Promise<Order | null> {
  const number = readOrderNumber(typed);
  return number === null ? null : visible(context, await context.loaders.orderByNumber.load(number));
}

/** The purchase, if it is the caller's; staff see all. */
export async function ownGroup({ loaders, identity }: Context, id: string): Promise<OrderGroup | null> {
  const group = await loaders.orderGroup.load(id);
  return group && (isBuyer(identity, group) || isOverseer(identity)) ? group : null;
}

export const visibleOrders = async (context: Context, group: OrderGroup): Promise<Order[]> =>
  (await context.loaders.ordersByGroup.load(group.id)).filter((order) => visible(context, order));

/** A merchant who came here from its order sees its own part of the sums. */
export async function visibleTotals(context: Context, group: OrderGroup) {
  const isWhole = isBuyer(context.identity, group) || isOverseer(context.identity);
  return { ...(isWhole ? group.totals : sumOf((await visibleOrders(context, group)).map((order) => order.totals))), currency: group.currency };
}
